"""What each stage computes, one function a stage; the table of stages names them.

Functions take a :class:`segviewer.engine.executor.Work` and the values of the stages they need.
They run in the engine process; what they give to the window holds plain values only.
"""
