import React from 'react';
import { BrowserRouter, Route, Routes } from 'react-router-dom';
import { About } from './About';
import { App } from './App';
/*:: import type { Device } from './device'; */
import { basename } from './routes';

export function Pages({ device } /*: { device: Device } */) {
  return (
    <BrowserRouter basename={basename(window.location.pathname)}>
      <Routes>
        <Route path="/about" element={<About device={device} />} />
        <Route path="*" element={<App device={device} />} />
      </Routes>
    </BrowserRouter>
  );
}
