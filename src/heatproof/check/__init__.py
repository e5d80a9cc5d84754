"""The contract of methods and metrics, checked: for every formula of the package, and for those of plug-in authors.

    heatproof check-method mine.py:my_method --allow-plugins

`matrix.matrix(formula)` tries a formula on small networks of many families; `table.CONTRACTS` says what is checked.
"""
