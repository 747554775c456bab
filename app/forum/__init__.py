"""Forum: the community around a workspace's shops.

Owns: communities, categories, people, threads, posts, votes, what was read and followed, flags, the moderation log.
Emits: ThreadStarted, PostWritten, PostChanged, PostVoted, CategoryChanged, PersonChanged. Listens: ThreadStarted and PostWritten.
"""
