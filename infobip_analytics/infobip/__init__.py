"""Infobip: its delivery reports and logs, whatever their shape, as one frame."""
