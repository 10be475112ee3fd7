// What a panel with Bluetooth does: the custom adapter of the guide's thermometer, and a log of events.
window.log = []

window.watch = (target, names, label = '') => {
  for (const name of names)
    target.on(name, (data) => log.push([label + name, data === undefined ? null : data]))
}

/** Return what a promise is rejected with; fail when it is fulfilled. */
window.refusal = (promise) =>
  promise.then(
    () => 'no refusal',
    (error) => (error instanceof Error ? String(error) : error),
  )

window.thermometerAdapter = () => {
  const { DeviceAdapter, productId } = window.h5PanelSdk
  return class ThermometerAdapter extends DeviceAdapter {
    static serviceId = '0000FFF0-0000-1000-8000-00805F9B34FB'

    static deviceFilter(device) {
      if (!device.advertisServiceUUIDs || !device.advertisServiceUUIDs.includes(ThermometerAdapter.serviceId))
        return null
      const deviceName = device.advertisData.slice(2).join(':')
      return { ...device, deviceName, productId, serviceId: ThermometerAdapter.serviceId }
    }

    handleBLEMessage(hex) {
      if (hex[1] !== 'D9') return { type: 'unknown' }
      const celsius = (parseInt(hex[6][1], 10) * 256 + parseInt(hex[7], 16)) / 10
      return { type: 'temperature', celsius, reportData: { brightness: Math.round(celsius) } }
    }
  }
}

/** Search and connect the device of the page, and authenticate it. */
window.connectStandard = async (options = {}) => {
  const { blueToothAdapter, productId, deviceName } = window.h5PanelSdk
  const device = await blueToothAdapter.searchAndConnectDevice({ productId, deviceName, ...options })
  await device.authenticateConnection({ deviceName: options.deviceName || deviceName })
  return device
}
