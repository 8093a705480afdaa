"""The machine beneath: devices and their memory, what an operator may set, logging."""
