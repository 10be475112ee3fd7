"""The handlers of the actions, one module per area; each ends with its table ACTIONS."""
