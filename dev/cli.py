"""The developers' commands: Odoo, its shell, psql and databases of the cache.

Run ``python3 dev/cli.py --help``.
"""

import argparse
import os
import sys

import databases
import instance
import paths
import postgres
import translations


def main():
    arguments = _parser().parse_args(_before_dashes())
    with postgres.Server(arguments.durable) as server:
        if arguments.command == "serve-postgres":
            return _hold(server)
        odoo = instance.Odoo(
            instance.find(arguments.series), server, extra_addons=arguments.addons
        )
        return _COMMANDS[arguments.command](odoo, arguments) or 0


def _before_dashes():
    words = sys.argv[1:]
    return words[: words.index("--")] if "--" in words else words


def _after_dashes():
    words = sys.argv[1:]
    return words[words.index("--") + 1 :] if "--" in words else []


def _parser():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog="What follows -- goes to the program itself."
    )
    commands = parser.add_subparsers(dest="command", required=True)
    helps = {
        "odoo": "run Odoo; -d NAME is added for --db",
        "shell": "Odoo's Python shell on a database (reads standard input too)",
        "psql": "PostgreSQL's shell on a database",
        "createdb": "(re)create a database from the template",
        "dropdb": "drop a database and its files",
        "listdb": "list the databases",
        "python": "the Python of the series with Odoo importable",
        "terms": "bring i18n/*.pot and zh_CN.po up to date with a database's terms",
        "serve-postgres": "keep PostgreSQL running until Ctrl-C",
    }
    for name, text in helps.items():
        command = commands.add_parser(name, help=text)
        command.add_argument("--series", help="e.g. 17.0; default: ODOO_HOME's, 19.0")
        command.add_argument("--addons", action="append", default=[], metavar="FOLDER")
        command.add_argument(
            "--durable", action="store_true", help="the benchmark's server, fsync on"
        )
        if name in ("createdb", "dropdb"):
            command.add_argument("name")
        if name == "createdb":
            command.add_argument("--demo", action="store_true", help="with demo data")
        if name in ("odoo", "shell", "psql", "terms"):
            command.add_argument("--db", metavar="NAME")
    return parser


def _database_option(arguments):
    return ["-d", arguments.db] if arguments.db else []


def _odoo(odoo, arguments):
    rest = _after_dashes()
    subcommand = [rest.pop(0)] if rest and not rest[0].startswith("-") else []
    return odoo.call(*subcommand, *_database_option(arguments), *rest)


def _shell(odoo, arguments):
    return odoo.call("shell", *_database_option(arguments), "--no-http", *_after_dashes())


def _psql(odoo, arguments):
    command = [odoo.server.binary("psql"), "-d", arguments.db or "postgres"]
    return instance.foreground([*command, *_after_dashes()], env=odoo.env)


def _python(odoo, _arguments):
    return instance.foreground([odoo.tree.python, *_after_dashes()], env=odoo.env)


def _createdb(odoo, arguments):
    databases.create(odoo, arguments.name, arguments.demo)
    paths.say(f"database {arguments.name} is ready (Odoo {odoo.tree.version})")


def _dropdb(odoo, arguments):
    databases.drop(odoo, arguments.name)


def _terms(odoo, arguments):
    if not arguments.db:
        raise paths.ToolError("--db must name a database that has the addon.")
    problems = translations.update(odoo, arguments.db)
    print("\n".join(problems))
    paths.say(f"{len(problems)} terms to translate in {translations.LANGUAGE}.po")
    return 1 if problems else 0


def _listdb(odoo, _arguments):
    print(odoo.server.psql("SELECT datname FROM pg_database ORDER BY 1"))


def _hold(server):
    print("\n".join(f"export {name}='{value}'" for name, value in server.env.items()))
    paths.say("PostgreSQL runs until Ctrl-C")
    return instance.foreground(["sleep", "infinity"], env=dict(os.environ))


_COMMANDS = {
    "odoo": _odoo,
    "shell": _shell,
    "psql": _psql,
    "python": _python,
    "createdb": _createdb,
    "dropdb": _dropdb,
    "listdb": _listdb,
    "terms": _terms,
}

if __name__ == "__main__":
    paths.main(main)
