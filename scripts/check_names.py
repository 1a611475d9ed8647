#!/usr/bin/env python3
"""Usage: scripts/check_names.py

Names in sources, pages, scripts and CMake files must lead somewhere. Prints those that do not, and ends with status 1:

  a file      frame.hpp, net/frame.hpp, docs/protocol.md     by its path from the top or from the file that names it, or by its end
  a folder    `tests/data/`, tests/process, cluster/wire     the same
  a link      [text](net/frame.hpp), [text](#the-heading)    file and heading
  a section   protocol.md 4.2, cluster.md section 9          a heading "## 9." or "### 4.2" of that page in docs/; 16.13 may be the
                                                             item 13 of section 16
"""

import os
import re
import subprocess
import sys

# What is not in the tree and may be named: folders of other projects and of builds, and files that a user makes.
FOREIGN = ('boost/', 'caf/', 'nlohmann/', 'CLI/', 'build/', 'node_modules/')
ALLOWED = {
    'tests/clients/node_modules/.package-lock.json',
    # Made by CMake, and the example of docs/drivers.md.
    'grapevine-config.cmake', 'grapevine-config-version.cmake', 'drivers/nats_driver.hpp',
}

LOOKED_AT = re.compile(r'(\.(md|hpp|cpp|mjs|cmake|html|toml)|CMakeLists\.txt|\.clang-tidy|^(scripts|\.ci)/[^.]*)$')
PATH = r'(?:\.\.?/)*[A-Za-z0-9][\w.-]*(?:/[\w.-]+)*'
# Not after a character that makes it part of something longer: a URL, a placeholder, an absolute path, an option.
ALONE = r'(?<![\w/.>}*$@:=-])(?<!::)'
FILE = re.compile(ALONE + r'(' + PATH + r'\.(?:md|hpp|cpp|mjs|cmake))(?![\w/*-]|\.\w)')
FOLDER = re.compile(ALONE + r'((?:[a-z_.]{2,}/)+)(?![\w/*{<$(\[…:~@.|\\"\'-])')
# Where a page has its knowledge from, in a project of others: [pjs: channels/members].
SOURCES = re.compile(r'\[[a-z]{2,5}: [^\]]*\]')
LINK = re.compile(r'\]\(([^)\s:]*)\)')
SECTION = re.compile(r'\b(protocol|cluster)\.md(?:\s+sections?)?\s+(\d+(?:\.\d+)?(?:(?:,|\s+and|\s+to)\s+\d+(?:\.\d+)?)*)')


def comment_marks_removed(text):
    """The text with every line break inside a comment or a paragraph as one space, of the same length."""
    return re.sub(r'\n *(?:///?|#|\*)? ?', lambda m: ' ' * len(m.group()), text)


def main():
    os.chdir(os.path.join(os.path.dirname(os.path.abspath(__file__)), '..'))
    listed = subprocess.run(['git', 'ls-files', '-z', '--cached', '--others', '--exclude-standard'], check=True,
                            capture_output=True, text=True).stdout
    files = {name for name in listed.split('\0') if name and os.path.exists(name)}
    folders = {name[:i] for name in files for i, c in enumerate(name) if c == '/'}
    ends = {name[i:] for name in files | folders for i in [0, *(j + 1 for j, c in enumerate(name) if c == '/')]}
    stems = {os.path.splitext(name)[0] for name in files}
    tops = {name for name in folders if '/' not in name}
    top_path = re.compile(ALONE + r'((?:' + '|'.join(sorted(tops)) + r')/[\w./-]*\w)(?![\w/*{<$(\[-]|\.\w)')
    headings = {page: read_headings(page) for page in files if page.endswith('.md')}
    sections = {page: sections_of(page) for page in files if page.startswith('docs/')}
    problems = []

    def there(name, base):
        if name.startswith(FOREIGN) or name in ALLOWED:
            return True
        near = os.path.normpath(os.path.join(base, name))
        return near in files or near in folders or os.path.normpath(name) in ends

    for name in sorted(files):
        if not LOOKED_AT.search(name) or name == 'scripts/check_names.py':
            continue
        with open(name, encoding='utf-8') as source:
            text = source.read()
        if name.startswith('docs/'):
            text = SOURCES.sub(lambda m: re.sub(r'[^\n]', ' ', m.group()), text)
        base = os.path.dirname(name)
        code = name.endswith(('.hpp', '.cpp', '.mjs'))

        def report(offset, what, name=name, text=text):
            problems.append(f'{name}:{text.count(chr(10), 0, offset) + 1}: {what}')

        for m in FILE.finditer(text):
            if not there(m.group(1), base):
                report(m.start(), f'there is no {m.group(1)}')
        for m in FOLDER.finditer(text):
            if (not code or in_comment(text, m.start())) and not there(m.group(1).rstrip('/') + '/', base) \
                    and not there(m.group(1).rstrip('/'), base):
                report(m.start(), f'there is no folder {m.group(1)}')
        for m in top_path.finditer(text):
            path = m.group(1)
            if (not code or in_comment(text, m.start())) and not there(path, base) and path not in stems:
                report(m.start(), f'there is no {path}')
        for m in SECTION.finditer(comment_marks_removed(text)):
            page = f'docs/{m.group(1)}.md'
            for number in re.findall(r'\d+(?:\.\d+)?', m.group(2)):
                if number not in sections.get(page, ()):
                    report(m.start(), f'{page} has no section {number}')
        if name.endswith('.md'):
            for m in LINK.finditer(text):
                path, _, anchor = m.group(1).partition('#')
                target = os.path.normpath(os.path.join(base, path)) if path else name
                if target not in files and target not in folders:
                    report(m.start(), f'the link {m.group(1)} leads nowhere')
                elif anchor and anchor not in map(anchor_of, headings.get(target, [])):
                    report(m.start(), f'{target} has no heading for #{anchor}')

    for problem in dict.fromkeys(problems):
        print(problem)
    if not problems:
        print('names: clean')
    return 1 if problems else 0


def in_comment(text, offset):
    return re.match(r'\s*(//|\*|/\*)|.*//', text[text.rfind('\n', 0, offset) + 1:offset]) is not None


def read_headings(page):
    """The headings of a page, but for lines of code blocks that look like one."""
    with open(page, encoding='utf-8') as source:
        text = re.sub(r'^```.*?^```', '', source.read(), flags=re.M | re.S)
    return re.findall(r'^#+ (.*)$', text, flags=re.M)


def sections_of(page):
    """The numbers of a page's headings, and of the items of a numbered list right below one: "4.2", "16.13"."""
    numbers, section = set(), None
    with open(page, encoding='utf-8') as source:
        for line in source:
            if m := re.match(r'#+ (?:(\d+(?:\.\d+)?)\.? )?', line):
                section = m.group(1)
                numbers.add(section)
            elif section and (m := re.match(r'(\d+)\. ', line)):
                numbers.add(f'{section}.{m.group(1)}')
    return numbers


def anchor_of(heading):
    """The anchor that GitHub makes of a heading."""
    return re.sub(r'[^\w -]', '', heading.lower()).replace(' ', '-')


if __name__ == '__main__':
    sys.exit(main())
