"""Notebooks: those that come with the package, and a notebook run and turned into one page.

What runs and converts them (nbclient, nbconvert, JupyterLab) comes with `infobip-analytics[lab]`
and is imported only where it is needed.
"""
