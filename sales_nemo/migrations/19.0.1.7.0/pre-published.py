"""What ruled until now was published; criteria and choices are known by codes."""


def migrate(cr, version):
    """Add the columns, filled for old rows; codes are the texts, made unique."""
    cr.execute(
        """
        ALTER TABLE crm_qualification_profile
          ADD COLUMN state varchar NOT NULL DEFAULT 'published',
          ADD COLUMN needs_stage_id integer, ADD COLUMN commitments_stage_id integer;
        ALTER TABLE crm_qualification_criterion ADD COLUMN stage_id integer;
        ALTER TABLE crm_qualification_profile ALTER COLUMN state DROP DEFAULT
        """
    )
    for table, parent in (
        ("crm_qualification_criterion", "profile_id"),
        ("crm_qualification_choice", "criterion_id"),
    ):
        cr.execute(
            f"""
            ALTER TABLE {table}
              ADD COLUMN active boolean DEFAULT TRUE, ADD COLUMN code varchar;
            ALTER TABLE {table} ALTER COLUMN active DROP DEFAULT;
            WITH named AS (
                SELECT id, {parent},
                       COALESCE(NULLIF(LEFT(TRIM(BOTH '_' FROM REGEXP_REPLACE(
                           LOWER(name ->> 'en_US'), '\\W+', '_', 'g')), 40), ''),
                           'code') AS code
                  FROM {table}
            ), numbered AS (
                SELECT id, code, ROW_NUMBER() OVER (
                           PARTITION BY {parent}, code ORDER BY id) AS number
                  FROM named
            )
            UPDATE {table} t
               SET code = n.code || CASE WHEN number = 1 THEN '' ELSE '_n' || t.id END
              FROM numbered n
             WHERE n.id = t.id
            """
        )
