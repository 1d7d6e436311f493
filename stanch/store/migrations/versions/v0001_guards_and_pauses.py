"""Guards and pauses, and to which Temporal they belong."""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """An empty database becomes a store, with a name of its own."""
    op.create_table(
        "guards",
        sa.Column("target", sa.Text, primary_key=True),
        sa.Column("workflow_id", sa.Text),
        sa.Column("run_id", sa.Text),
        sa.Column("incident", sa.Text),
        sa.Column("last", _AT),
    )
    op.create_table(
        "reservations",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("target", sa.Text, sa.ForeignKey("guards.target"), nullable=False, index=True),
        sa.Column("at", _AT, nullable=False),
        sa.Column("step", sa.Text, nullable=False),
        sa.Column("workflow_id", sa.Text, nullable=False),
        sa.Column("run_id", sa.Text, nullable=False),
        sa.Column("incident", sa.Text, nullable=False),
        sa.Column("digest", sa.Text, nullable=False),
        sa.Column("open", sa.Boolean, nullable=False),
    )
    _switches()
    belonging = op.create_table(
        "belonging",
        sa.Column("store", sa.Text, primary_key=True),
        sa.Column("namespace", sa.Text, nullable=False),
        sa.Column("epoch", sa.BigInteger, nullable=False),
    )
    op.bulk_insert(belonging, [{"store": str(uuid.uuid4()), "namespace": "", "epoch": 0}])


def _switches() -> None:
    op.create_table(
        "pauses",
        sa.Column("scope", sa.Text, primary_key=True),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("at", _AT, nullable=False),
    )
    op.create_table(
        "switched",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", _AT, nullable=False),
        sa.Column("word", sa.Text, nullable=False),
        sa.Column("scope", sa.Text, nullable=False),
        sa.Column("by", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
