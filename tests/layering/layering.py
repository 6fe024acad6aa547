"""Who may include whom: the floors and rooms of the design, enforced on the #include lines.

In: the repository's root. Out: one line for each include that goes the wrong way, and exit status 1 if there is any.
"""

import pathlib
import posixpath
import re
import sys

# An include goes down or stays on its floor.
FLOORS = ["runtime", "compiler", "frontend"]

# Inside compiler: which rooms a room may include. Every room may include itself.
ROOMS = {
    "ir": set(),
    "ops": {"ir"},
    "transform": {"ir", "ops", "passes"},
    "passes": {"ir", "ops", "interp"},  # folding a constant is running one operation
    "interp": {"ir", "ops"},
    "codegen": {"ir", "ops", "passes"},
    "jit": {"ir", "ops", "transform", "passes", "interp", "codegen"},
    "tool": {"ir", "ops", "transform", "passes", "interp", "codegen", "jit"},
}

# Headers from outside that only some folders may include.
RESERVED = [
    (re.compile(r"(llvm|llvm-c)/"), ("compiler/codegen/", "compiler/jit/", "frontend/tooling/"), "LLVM"),
    (re.compile(r"(clang|clang-c)/"), ("frontend/tooling/",), "Clang"),
    (re.compile(r"(tbb|oneapi)/|(thread|future|execution|pthread\.h|omp\.h)$"), ("runtime/",), "threads"),
]

PUBLIC = "frontend/brainpy/brainpy.hpp"

# What headers that every user's program reads may include from outside. A compiler reads all of it again for each file
# of a user, and the standard library is most of that: <functional> alone takes a tenth of a second. What needs more
# belongs into the library (a .cpp file).
PUBLIC_OUTSIDE = {
    "array", "concepts", "cstddef", "cstdint", "exception", "fmt/core.h", "initializer_list", "limits", "memory",
    "optional", "source_location", "span", "string", "tuple", "type_traits", "utility", "vector",
}

INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def includes(text):
    """Pairs (line number, header, whether quoted)."""
    for match in INCLUDE.finditer(text):
        yield text.count("\n", 0, match.start()) + 1, match[1] or match[2], match[1] is not None


def resolve(source, header, files):
    """The repository's file that a header names, or None: by the root, by frontend/, or beside the source."""
    beside = posixpath.normpath(posixpath.join(posixpath.dirname(source), header))
    for candidate in (header, "frontend/" + header, beside):
        if candidate in files:
            return candidate
    return None


def room_fault(source, target):
    """Why a file of compiler/ may not include another one, or None."""
    source_room, target_room = source.split("/")[1], target.split("/")[1]
    if source_room not in ROOMS:
        return f"compiler/{source_room} is a room that the rules do not know"
    if source_room == target_room or target_room in ROOMS[source_room]:
        return None
    if source_room == "ir" and target_room == "ops" and source.endswith(".cpp"):
        return None  # the builder asks operations for their types
    return f"compiler/{source_room} must not include compiler/{target_room}"


def violations(files):
    """In: text by path, relative to the root. Out: 'path:line: fault' strings."""
    faults = []
    for source, text in sorted(files.items()):
        floor = source.split("/")[0]
        if floor not in FLOORS:
            continue
        for line, header, is_quoted in includes(text):
            where = f'{source}:{line}: includes "{header}": '
            for pattern, folders, name in RESERVED:
                if pattern.match(header) and not source.startswith(folders):
                    faults.append(f"{where}{name} only in {', '.join(folders)}")
            target = resolve(source, header, files)
            if target is None:
                if is_quoted and not any(pattern.match(header) for pattern, _, _ in RESERVED):
                    faults.append(where + "no such file in the repository (use <> for headers from outside)")
                continue
            target_floor = target.split("/")[0]
            if target_floor not in FLOORS or FLOORS.index(target_floor) > FLOORS.index(floor):
                faults.append(f"{where}{floor} must not include {target_floor}")
            elif floor == target_floor == "compiler" and (fault := room_fault(source, target)):
                faults.append(where + fault)
    return faults + public_violations(files)


def public_violations(files):
    """Headers that every user's program reads include neither the compiler nor LLVM, and little from outside."""
    faults = []
    came_from = {PUBLIC: None} if PUBLIC in files else {}
    waiting = list(came_from)
    while waiting:
        source = waiting.pop()
        for line, header, is_quoted in includes(files[source]):
            target = resolve(source, header, files)
            if re.match(r"(llvm|llvm-c|clang|clang-c)/", header) or (target or "").startswith("compiler/"):
                chain = [source]
                while came_from[chain[-1]]:
                    chain.append(came_from[chain[-1]])
                faults.append(f'{source}:{line}: includes "{header}" and is public: {" <- ".join(chain)}')
            elif target is None and not is_quoted and header not in PUBLIC_OUTSIDE:
                faults.append(f"{source}:{line}: includes <{header}>, which every user's program would read: "
                              "include it in a .cpp file, or see PUBLIC_OUTSIDE")
            elif target and target not in came_from:
                came_from[target] = source
                waiting.append(target)
    return faults


def read_sources(root):
    files = {}
    for floor in FLOORS + ["tests", "examples"]:
        for path in (root / floor).rglob("*"):
            if path.suffix in (".cpp", ".h", ".hpp"):
                files[path.relative_to(root).as_posix()] = path.read_text(encoding="utf-8")
    return files


if __name__ == "__main__":
    sources = read_sources(pathlib.Path(sys.argv[1]))
    if not any(path.startswith("runtime/") for path in sources):
        sys.exit(f"no sources below {sys.argv[1]}")
    found = violations(sources)
    print("\n".join(found) if found else f"{len(sources)} files: every include goes the right way")
    sys.exit(1 if found else 0)
