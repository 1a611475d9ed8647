#!/usr/bin/env python3
"""Usage: scripts/check_unused.py

Functions that a header of the program declares and no source of the program uses: tests alone keep them. Prints those, and ends with
status 1. Goes by name, so one that shares its name with a function in use is not noticed; none is reported wrongly but for names that
only a library calls (below). What the simulator or a test really needs stands under a heading that says so: "// -- for the simulator".
What broadcast/include/ declares is for others to use; bench/ and examples/ count as users.
"""

import os
import re
import subprocess
import sys

FOLDERS = ('base', 'config', 'protocol', 'cluster', 'channels', 'auth', 'net', 'drivers', 'actors', 'broadcast', 'cli')
# Called by CAF, Asio and Beast, or by the language itself.
BY_OTHERS = {'inspect', 'begin', 'end', 'main', 'teardown', 'async_teardown', 'beast_close_socket'}
USERS = ('bench', 'examples')
# Kept all the same, and why; a name that is used again, or gone, should leave this list.
KEPT = {
    'siphash': 'is held against the vectors of its paper',
    'string_to_sign': "is held against the documentation's vectors",
    'known_keys': 'shows that the example file has every key',
    'chance': 'the simulator draws with it',
    'health_score': 'the simulator reads it',
    'wanted_by': 'the simulator reads it',
    'sends_to': 'the simulator reads it',
    'owner_of': 'the simulator reads it',
    'is_closing': 'the tests of the closing handshake read it',
    # Made for callers that are still to come.
    'percent_decode_leniently': 'requests of the HTTP API',
    'acts': 'webhooks: one node of a cluster sends them',
    'user_auth': 'sign-in',
    'verify_user_auth': 'sign-in',
    'decode_redis_entry': 'Redis streams',
    'to_text': 'a queue of events outside the process',
    'from_text': 'a queue of events outside the process',
}
PUBLIC = 'broadcast/include/'
KEYWORDS = {'if', 'for', 'while', 'switch', 'return', 'sizeof', 'alignof', 'decltype', 'noexcept', 'requires', 'catch', 'explicit',
            'static_assert', 'alignas', 'defined', 'new', 'delete', 'throw', 'else', 'co_return', 'co_await', 'co_yield', 'operator',
            'constexpr', 'static_cast', 'const_cast', 'reinterpret_cast', 'dynamic_cast', 'case', 'and', 'or', 'not', 'typeid'}
# A heading inside a class, and how far it reaches: to the next heading or access specifier.
FOR_TESTS = re.compile(r'// -- [^\n]*\b(?:simulator|tests?)\b.*?(?=// -- |\n *(?:public|private|protected):|\n\};|\Z)', re.S)
IGNORED = re.compile(r'//[^\n]*|/\*.*?\*/|R"\((?:.|\n)*?\)"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])\'|^#[^\n]*', re.S | re.M)


def blank(match):
    return re.sub(r'[^\n]', ' ', match.group())


def code_of(path):
    with open(path, encoding='utf-8') as source:
        return IGNORED.sub(blank, FOR_TESTS.sub(blank, source.read()))


def declares(code, at, header):
    """Whether the name at `at`, in front of a parenthesis, is declared or defined there rather than called."""
    line = code[code.rfind('\n', 0, at) + 1:at]
    before = code[:at].rstrip()
    if not header:
        return bool(re.match(r'[A-Za-z_]', line)) or (line == '' and not before.endswith((',', '(')))
    word = re.search(r'[\w>&*\]]+$', before)
    if before.endswith(('->', '&&', '||')) or not word:
        return False
    return re.search(r'\w*$', before).group() not in KEYWORDS


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
    listed = subprocess.run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard', '--', *[f'{f}/' for f in FOLDERS + USERS]],
                            check=True, capture_output=True, text=True).stdout
    paths = [p for p in listed.split('\0') if p.endswith(('.hpp', '.cpp')) and os.path.exists(p)]
    declared, used = {}, set()
    for path in paths:
        header = path.endswith('.hpp')
        code = code_of(path)
        for m in re.finditer(r'[A-Za-z_]\w*', code):
            name, at = m.group(), m.start()
            if name in KEYWORDS:
                continue
            if code.startswith('(', m.end()) and declares(code, at, header):
                if header and not path.startswith((PUBLIC, *USERS)) and not re.match(r'[^;{]*\boverride\b', code[m.end():]):
                    declared.setdefault(name, f'{path}:{code.count(chr(10), 0, at) + 1}')
            else:
                used.add(name)
    unused = sorted((where, name) for name, where in declared.items() if name not in used | BY_OTHERS | KEPT.keys())
    for where, name in unused:
        print(f'{where}: nothing but tests uses {name}')
    if not unused:
        print('unused functions: none')
    return 1 if unused else 0


if __name__ == '__main__':
    sys.exit(main())
