//! Databases with nothing in them, which are brought all the way.
//!
//! Invariant: what anybody made is never taken for nothing; that it was begun stands in a table, which is gone at the end.

use tidegate_database::Refusal;

use super::said::failed;
use super::{HISTORY, Postgres};
use crate::run::{Database as _, is_there};
use crate::trouble::Trouble;

/// Anything that people made, by name.
const OTHERS: &str = "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace \
    WHERE c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' \
    AND c.oid IS DISTINCT FROM to_regclass('tidegate_migrations') AND NOT EXISTS (SELECT 1 FROM pg_depend d \
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e') ORDER BY 1 LIMIT 1";

impl Postgres {
    pub(super) async fn begin_fresh(&mut self, last: u64) -> Result<bool, Trouble> {
        let rows = self.history().await?;
        let last = last.cast_signed();
        if self.exists("tidegate_new").await? {
            let select = "SELECT last FROM tidegate_new";
            let row = self.client.query_one(select, &[]).await.map_err(|why| failed(&why))?;
            // It was killed between the last one and the end.
            if is_there(&rows, row.get::<_, i64>(0).cast_unsigned()) {
                self.end_fresh().await?;
                return Ok(false);
            }
            let update = format!("UPDATE tidegate_new SET last = {last}");
            return self.client.batch_execute(&update).await.map(|()| true).map_err(|why| failed(&why));
        }
        if !rows.is_empty() {
            return Ok(false);
        }
        let other = self.client.query_opt(OTHERS, &[]).await.map_err(|why| failed(&why))?;
        if let Some(row) = other {
            return Err(Refusal::NotEmpty { found: row.get(0) }.into());
        }
        // Several statements at once are one transaction.
        let begin = format!(
            "{HISTORY}; CREATE TABLE tidegate_new (last bigint NOT NULL); INSERT INTO tidegate_new VALUES ({last})"
        );
        self.client.batch_execute(&begin).await.map(|()| true).map_err(|why| failed(&why))
    }

    pub(super) async fn end_fresh(&mut self) -> Result<(), Trouble> {
        if !self.exists("tidegate_new").await? {
            return Ok(());
        }
        self.client.batch_execute("DROP TABLE tidegate_new").await.map_err(|why| failed(&why))
    }
}
