"""Asking a service: credential, one answer, all pages, the store."""
