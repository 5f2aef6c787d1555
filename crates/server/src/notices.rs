//! Notices as lines of a file, and in the log.
//!
//! Invariant: a notice is in the file before it counts as sent. Deliberately not here: channels to people; they come
//! with connectors.

use std::path::PathBuf;

use async_trait::async_trait;
use tidegate_ports::{Fault, Notice, Notifier};
use tokio::fs::OpenOptions;
use tokio::io::AsyncWriteExt;

pub(crate) struct NoticeFile {
    pub path: PathBuf,
}

#[async_trait]
impl Notifier for NoticeFile {
    async fn notify(&self, notice: &Notice) -> Result<(), Fault> {
        tracing::info!(id = %notice.id, topic = %notice.topic, "{}", notice.text);
        self.write(notice).await.map_err(|error| {
            Fault::retry("notice-unwritten", format!("cannot write {}", self.path.display()))
                .with_help("check the space and the rights of the data directory; it is tried again")
                .caused_by(error)
        })
    }
}

impl NoticeFile {
    async fn write(&self, notice: &Notice) -> std::io::Result<()> {
        let mut line = serde_json::to_vec(notice).map_err(std::io::Error::other)?;
        line.push(b'\n');
        let mut file = OpenOptions::new().create(true).append(true).open(&self.path).await?;
        file.write_all(&line).await?;
        file.sync_data().await
    }
}
