"""The Common Alerting Protocol 1.2 (OASIS Standard, 1 July 2010): messages, XML, signature, rules.

It knows CAP and nothing of ours but the domain's values. lxml, signxml and shapely are imported
where they are used: a process that makes no CAP message loads none of them.
"""
