"""Whether threatsim works on this machine."""
