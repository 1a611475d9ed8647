#!/usr/bin/env python3
"""Usage: snippets.py GUIDE.md > main.cpp

Makes one translation unit of every ```cpp block of the guide. Blocks that begin with a class or a struct stay at the level of
the namespace, where later blocks see them; each other becomes a function of its own.
"""
import re
import sys

PROLOGUE = """#include <grapevine/broadcast.hpp>
#include <grapevine/node.hpp>

#include <iostream>
#include <optional>
#include <string>
#include <string_view>

using namespace grapevine;

struct order { int id; };
struct member { std::string id; std::string name; };
bool owns(const user&, int);
"""


def main(path):
    text = open(path, encoding="utf-8").read()
    blocks = re.findall(r"^```cpp\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)
    if not blocks:
        sys.exit(f"{path} has no snippets")
    print(PROLOGUE)
    for number, block in enumerate(blocks, 1):
        if re.match(r"(class|struct) ", block):
            print(block)
        else:
            print(f"void snippet_{number}(const order& o, const std::string& socket_id, const std::string& channel) {{\n{block}}}\n")


main(sys.argv[1])
