#!/usr/bin/env python3
"""As much of curl as the README's session uses, for machines without it: -s, -H, -d, -b FILE, -c FILE and a URL."""

import argparse
import http.cookiejar
import os
import sys
import urllib.error
import urllib.request

parser = argparse.ArgumentParser()
parser.add_argument("-s", action="store_true", help="say nothing but the answer")
parser.add_argument("-H", dest="headers", action="append", default=[])
parser.add_argument("-d", dest="body")
parser.add_argument("-b", dest="read")
parser.add_argument("-c", dest="write")
parser.add_argument("url")
arguments = parser.parse_args()

jar = http.cookiejar.MozillaCookieJar()
if arguments.read:
    jar.load(arguments.read, ignore_discard=True)
body = arguments.body.encode() if arguments.body is not None else None
request = urllib.request.Request("http://" + arguments.url, data=body)
for header in arguments.headers:
    name, _, value = header.partition(": ")
    request.add_header(name, value)

# The session is on this machine: no proxy has a part in it.
direct = urllib.request.ProxyHandler({})
opener = urllib.request.build_opener(direct, urllib.request.HTTPCookieProcessor(jar))
try:
    answer = opener.open(request)
except urllib.error.HTTPError as refusal:
    answer = refusal
sys.stdout.buffer.write(answer.read())
if arguments.write:
    with open(arguments.write, "w", opener=lambda path, flags: os.open(path, flags, 0o600)):
        pass
    jar.save(arguments.write, ignore_discard=True)
