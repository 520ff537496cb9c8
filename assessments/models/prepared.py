"""Queries and writes that Django puts into SQL once, instead of each time.

For the few that every question page and every save needs: to put the look-up of a row with its reader's rights into
SQL takes several times as long as the database needs for it. The SQL is Django's own, and so are the objects.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

from django.db import DEFAULT_DB_ALIAS, connections
from django.db.models import Expression, QuerySet
from django.db.models.fields import AutoFieldMixin
from django.db.models.sql import InsertQuery, UpdateQuery
from django.http import Http404

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from django.db.backends.base.base import BaseDatabaseWrapper
    from django.db.models import Field, Model
    from django.db.models.sql.compiler import SQLCompiler

AS_IT_IS = {  # the kinds of fields whose values go to the database unchanged
    "BooleanField",
    "CharField",
    "ForeignKey",
    "IntegerField",
    "PositiveIntegerField",
    "PositiveSmallIntegerField",
    "TextField",
}
COLUMN_BITS = 63  # of the largest whole number a database stores, beside its sign


class Given(Expression):
    """The place of a value that comes with the question: `filter(pk=Given("pk"))`.

    A plain number or text goes to the database as it is; anything else, such as a moment, needs the `field` that knows
    how it is stored.
    """

    def __init__(self, name: str, field: Field | None = None) -> None:
        super().__init__(output_field=field)
        self.name = name
        self.stored_as = None if field is None or field.get_internal_type() in AS_IT_IS else field

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> Any:  # noqa: ARG002  # Django's signature
        """A placeholder, with this object in the place of its value."""
        return "%s", [self]

    def value_in(self, given: dict[str, Any], connection: BaseDatabaseWrapper) -> Any:
        """What goes to the database in this place."""
        value = given[self.name]
        return self.stored_as.get_db_prep_save(value, connection) if self.stored_as else value


class Whoever:
    """Stands for the person who will ask, whose pk is then given as `person`."""

    pk = Given("person")


class Prepared:
    """The rows of a queryset in which each value that changes is a `Given`.

    Its SQL is put together when it is first asked on a kind of database.
    """

    def __init__(self, rows: QuerySet) -> None:
        self.rows = rows
        self.statements: dict[str, _Statement] = {}  # by kind of database

    def all(self, **given: Any) -> list[Any]:
        """Every row, in one query; none for a number that no column can hold."""
        if any(isinstance(value, int) and value.bit_length() > COLUMN_BITS for value in given.values()):
            return []
        connection = connections[self.rows.db]
        statement = self.statements.get(connection.vendor)
        if statement is None:
            statement = self.statements[connection.vendor] = _Statement(self.rows)
        return list(statement.rows_for(given, connection))

    def get_or_404(self, **given: Any) -> Any:
        """The only row, in one query."""
        found = self.all(**given)
        if not found:
            raise Http404
        (row,) = found
        return row


class _Statement:
    """A queryset in the SQL of one kind of database. Django executes it and makes the objects, as of any other."""

    def __init__(self, rows: QuerySet) -> None:
        self.rows, self.query = rows, rows.query.clone()
        self.compiler = self.query.get_compiler(rows.db)
        self.sql, self.params = named(*self.compiler.as_sql())
        # how this kind of database tells moments and the like; each call names its connection
        self.converters = self.compiler.get_converters(
            [column for column, _sql, _alias in self.compiler.select]
        )

    def rows_for(self, given: dict[str, Any], connection: BaseDatabaseWrapper) -> QuerySet:
        """The queryset with these values, to be executed on the connection of this thread."""
        params = filled(self.params, given, connection)
        query, compiler = copy(self.query), copy(self.compiler)
        compiler.connection, compiler.query = connection, query
        # what Django asks them for when it executes a queryset, and what they know already; no model here has a key of
        # several columns
        vars(query)["get_compiler"] = lambda *_args, **_options: compiler
        vars(compiler)["as_sql"] = lambda: (self.sql, params)
        vars(compiler)["get_converters"] = lambda _columns: self.converters
        vars(compiler)["has_composite_fields"] = lambda _columns: False
        rows: QuerySet = QuerySet(self.rows.model, query, connection.alias)
        rows._iterable_class, rows._fields = self.rows._iterable_class, self.rows._fields  # type: ignore[attr-defined]  # the stubs leave it out
        return rows


class PreparedWrite:
    """An INSERT or UPDATE in which each value is a `Given`."""

    def __init__(self, query: UpdateQuery | InsertQuery) -> None:
        self.query = query
        self.statements: dict[str, tuple[str, dict[str, Any]]] = {}  # by kind of database

    @classmethod
    def insert(cls, model: type[Model]) -> PreparedWrite:
        """A new row; the database numbers it."""
        fields = [field for field in model._meta.concrete_fields if not isinstance(field, AutoFieldMixin)]
        query = InsertQuery(model)
        query.insert_values(
            fields, [model(**{field.attname: Given(field.attname, field) for field in fields})]
        )
        return cls(query)

    @classmethod
    def update(cls, due: QuerySet, names: Iterable[str]) -> PreparedWrite:
        """New values of these fields for the row that is `due`."""
        query: Any = due.query.chain(UpdateQuery)
        query.add_update_values({name: Given(name, due.model._meta.get_field(name)) for name in names})
        return cls(query)

    def run(self, rows: Sequence[dict[str, Any]]) -> int:
        """Write each of these rows, all in one go; returns how many the database took."""
        connection = connections[DEFAULT_DB_ALIAS]
        statement = self.statements.get(connection.vendor)
        if statement is None:
            compiled = self.query.clone().get_compiler(DEFAULT_DB_ALIAS).as_sql()
            only = compiled[0] if isinstance(compiled, list) else compiled  # Django can insert in several
            statement = self.statements[connection.vendor] = named(*only)
        sql, params = statement
        values = [filled(params, row, connection) for row in rows]
        with connection.cursor() as cursor:
            if len(values) == 1:
                cursor.execute(sql, values[0])
            else:
                cursor.executemany(sql, values)
            return cursor.rowcount


def named(sql: str, params: Sequence[Any]) -> tuple[str, dict[str, Any]]:
    """The same statement with a name for each place: for SQLite Django searches all of it for places without one."""
    names = [f"p{n}" for n in range(len(params))]
    places = tuple(f"%({name})s" for name in names)
    return sql.replace("%%", "%%%%") % places, dict(zip(names, params, strict=True))


def filled(params: dict[str, Any], given: dict[str, Any], connection: BaseDatabaseWrapper) -> dict[str, Any]:
    """The parameters of a statement, with a value for each `Given`."""
    return {
        name: param.value_in(given, connection) if isinstance(param, Given) else param
        for name, param in params.items()
    }
