"""The public interface, `import segviewer as sv`: few names, each a promise to stay.

`segviewer.PUBLIC` says where each stands; nothing of it is imported before it is used.
"""
