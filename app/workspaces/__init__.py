"""Tenants: workspaces, their members and roles, invitations by link.

Owns: workspaces, members, invitations. Emits: MemberRemoved, MemberRoleChanged. Listens: nothing.
"""
