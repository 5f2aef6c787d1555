//! Freezes, windows and feeds.

use tidegate_api::{CalendarChanged, CalendarEntry, CalendarEntryRequest, CalendarKind, Page};

use crate::send::ask;
use crate::{Client, ClientError};

/// How a feed is read.
#[derive(Debug, Clone, Default)]
pub struct FeedReading {
    /// Of whole days, and of times that name none; UTC where absent.
    pub zone: Option<String>,
    /// What its events become; freezes where absent.
    pub kind: Option<CalendarKind>,
    /// All where empty.
    pub environments: Vec<String>,
}

impl Client {
    /// `GET /calendar`, by name.
    pub async fn calendar(&self) -> Result<Page<CalendarEntry>, ClientError> {
        self.get(self.at(&["calendar"])).await
    }

    /// `PUT /calendar/{name}`
    pub async fn set_calendar_entry(
        &self,
        name: &str,
        request: &CalendarEntryRequest,
        key: &str,
    ) -> Result<CalendarEntry, ClientError> {
        self.put(self.at(&["calendar", name]), request, key).await
    }

    /// `DELETE /calendar/{name}`
    pub async fn remove_calendar_entry(&self, name: &str, key: &str) -> Result<CalendarChanged, ClientError> {
        self.delete(self.at(&["calendar", name]), key).await
    }

    /// `POST /calendar/feeds/{feed}`: the events of an iCalendar document as freezes or windows.
    pub async fn import_feed(
        &self,
        feed: &str,
        reading: &FeedReading,
        document: Vec<u8>,
        key: &str,
    ) -> Result<CalendarChanged, ClientError> {
        let mut url = self.at(&["calendar", "feeds", feed]);
        ask(&mut url, "zone", reading.zone.as_deref());
        ask(
            &mut url,
            "kind",
            reading.kind.map(|kind| match kind {
                CalendarKind::Freeze => "freeze",
                CalendarKind::Window => "window",
            }),
        );
        let environments = reading.environments.join(",");
        ask(&mut url, "environments", Some(environments.as_str()).filter(|names| !names.is_empty()));
        self.upload(url, ("text/calendar", document), key).await
    }
}
