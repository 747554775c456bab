"""The pages people see: the hosted checkout, onboarding, and the sandbox's own home."""
