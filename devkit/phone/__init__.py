"""Around a page: the mini program, its Bluetooth, music, speech, scenarios and the air as shown."""
