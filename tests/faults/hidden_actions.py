"""Actions that do harm, for the fault tests alone."""
