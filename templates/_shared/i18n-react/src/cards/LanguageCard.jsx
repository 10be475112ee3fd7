import React from 'react';
import { chooseLanguage, chosenLanguage, languages, texts } from '../texts';

/** The language of the panel. */
export function LanguageCard() {
  return (
    <div className="card" role="radiogroup" aria-label={texts.language}>
      <p className="card-head">
        <span className="name">{texts.language}</span>
      </p>
      <div className="choices">
        {[{ code: '', name: texts.phoneLanguage }, ...languages].map(({ code, name }) => (
          <button
            key={code}
            type="button"
            className="choice"
            role="radio"
            aria-checked={code === chosenLanguage()}
            lang={code || undefined}
            onClick={() => chooseLanguage(code)}
          >
            {name}
          </button>
        ))}
      </div>
    </div>
  );
}
