"""One phone's Bluetooth: the central with WeChat's rules, its events, and the bridge to a page."""
