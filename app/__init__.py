"""Guildhall: one place where a creator runs the whole business."""
