"""Tenants: workspaces, their members and roles, invitations by link, the trail of who did what.

Owns: workspaces, members, invitations. Emits: MemberRemoved, MemberRoleChanged. Listens: nothing.
"""
