"""Frontdesk: the core. See ARCHITECTURE in docs/ for the floors."""
