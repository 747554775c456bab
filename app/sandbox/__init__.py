"""A server that speaks the providers' own wire protocols, so that no adapter of the product needs a fake.

Owns: its own SQLite data; knows nothing of the rest of the application and is reached only over HTTP and SMTP.
"""
