"""What operators may do; every press is in the platform's audit trail."""
