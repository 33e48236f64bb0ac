"""The search for CRF settings, in a process of its own."""
