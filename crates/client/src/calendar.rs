//! Freezes, windows and feeds.

use tidegate_api::{CalendarChanged, CalendarEntry, CalendarEntryRequest, Page};

use crate::send::ask;
use crate::{Client, ClientError};

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

    /// `POST /calendar/feeds/{feed}`: the events of an iCalendar document as freezes; `zone` is for those without one.
    pub async fn import_feed(
        &self,
        feed: &str,
        zone: Option<&str>,
        document: Vec<u8>,
        key: &str,
    ) -> Result<CalendarChanged, ClientError> {
        let mut url = self.at(&["calendar", "feeds", feed]);
        ask(&mut url, "zone", zone);
        self.upload(url, ("text/calendar", document), key).await
    }
}
