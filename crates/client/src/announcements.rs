//! What people are told of a release, by which ways, and in which words.

use tidegate_api::{
    AnnounceAgainRequest, AnnounceRequest, Announcement, AnnouncementDelivery, AnnouncementPreview,
    AnnouncementTemplate, Audience, CancelAnnouncementRequest, Channel, ChannelSet, ChannelTested, Feedback,
    FeedbackAnswer, FeedbackRequest, Page, PreviewAnnouncementRequest, ReleaseOutcome, Replayed,
    ScheduleAnnouncementsRequest, SetAnnouncementTemplateRequest, SetAudienceRequest, SetChannelRequest,
    Subscriber, TestChannelRequest,
};

use crate::send::ask;
use crate::{Client, ClientError};

impl Client {
    /// `GET /channels`, by name.
    pub async fn channels(&self) -> Result<Page<Channel>, ClientError> {
        self.get(self.at(&["channels"])).await
    }

    /// `GET /channels/{name}`
    pub async fn channel(&self, name: &str) -> Result<Channel, ClientError> {
        self.get(self.at(&["channels", name])).await
    }

    /// `PUT /channels/{name}`; a webhook's answer holds its secret the first time.
    pub async fn set_channel(
        &self,
        name: &str,
        request: &SetChannelRequest,
        key: &str,
    ) -> Result<ChannelSet, ClientError> {
        self.put(self.at(&["channels", name]), request, key).await
    }

    /// `DELETE /channels/{name}`
    pub async fn remove_channel(&self, name: &str, key: &str) -> Result<Channel, ClientError> {
        self.delete(self.at(&["channels", name]), key).await
    }

    /// `POST /channels/{name}/test`: one message, now; by mail a letter `to` somebody, else signing in alone.
    pub async fn test_channel(
        &self,
        name: &str,
        to: Option<&str>,
        key: &str,
    ) -> Result<ChannelTested, ClientError> {
        let request = TestChannelRequest { address: to.map(str::to_owned) };
        self.post(self.at(&["channels", name, "test"]), &request, key).await
    }

    /// `GET /audiences`, by name.
    pub async fn audiences(&self) -> Result<Page<Audience>, ClientError> {
        self.get(self.at(&["audiences"])).await
    }

    /// `PUT /audiences/{name}`
    pub async fn set_audience(
        &self,
        name: &str,
        request: &SetAudienceRequest,
        key: &str,
    ) -> Result<Audience, ClientError> {
        self.put(self.at(&["audiences", name]), request, key).await
    }

    /// `DELETE /audiences/{name}`
    pub async fn remove_audience(&self, name: &str, key: &str) -> Result<Audience, ClientError> {
        self.delete(self.at(&["audiences", name]), key).await
    }

    /// `POST /announcements`
    pub async fn announce(&self, request: &AnnounceRequest, key: &str) -> Result<Announcement, ClientError> {
        self.post(self.at(&["announcements"]), request, key).await
    }

    /// `POST /announcement-schedules`: the four announcements of a rollout.
    pub async fn schedule_announcements(
        &self,
        request: &ScheduleAnnouncementsRequest,
        key: &str,
    ) -> Result<Page<Announcement>, ClientError> {
        self.post(self.at(&["announcement-schedules"]), request, key).await
    }

    /// `GET /announcements`, newest first; of one release, or of all.
    pub async fn announcements(&self, release: Option<&str>) -> Result<Page<Announcement>, ClientError> {
        let mut url = self.at(&["announcements"]);
        ask(&mut url, "release", release);
        self.get(url).await
    }

    /// `GET /announcements/{announcement}`
    pub async fn announcement(&self, id: &str) -> Result<Announcement, ClientError> {
        self.get(self.at(&["announcements", id])).await
    }

    /// `POST /announcements/{announcement}/cancel`
    pub async fn cancel_announcement(
        &self,
        id: &str,
        reason: Option<&str>,
        key: &str,
    ) -> Result<Announcement, ClientError> {
        let request = CancelAnnouncementRequest { reason: reason.map(str::to_owned) };
        self.post(self.at(&["announcements", id, "cancel"]), &request, key).await
    }

    /// `POST /announcements/{announcement}/again`: one delivery, or all that were given up.
    pub async fn announce_again(
        &self,
        id: &str,
        delivery: Option<&str>,
        key: &str,
    ) -> Result<Replayed, ClientError> {
        let request = AnnounceAgainRequest { delivery: delivery.map(str::to_owned) };
        self.post(self.at(&["announcements", id, "again"]), &request, key).await
    }

    /// `GET /announcements/{announcement}/deliveries`: `waiting`, `delivered`, `dead`, or all.
    pub async fn announcement_deliveries(
        &self,
        id: &str,
        state: Option<&str>,
    ) -> Result<Page<AnnouncementDelivery>, ClientError> {
        let mut url = self.at(&["announcements", id, "deliveries"]);
        ask(&mut url, "state", state);
        self.get(url).await
    }

    /// `GET /announcement-templates`
    pub async fn announcement_templates(&self) -> Result<Page<AnnouncementTemplate>, ClientError> {
        self.get(self.at(&["announcement-templates"])).await
    }

    /// `PUT /announcement-templates/{occasion}`
    pub async fn set_announcement_template(
        &self,
        occasion: &str,
        request: &SetAnnouncementTemplateRequest,
        key: &str,
    ) -> Result<AnnouncementTemplate, ClientError> {
        self.put(self.at(&["announcement-templates", occasion]), request, key).await
    }

    /// `DELETE /announcement-templates/{occasion}`: back to the words that came with Tidegate.
    pub async fn reset_announcement_template(
        &self,
        occasion: &str,
        key: &str,
    ) -> Result<AnnouncementTemplate, ClientError> {
        self.delete(self.at(&["announcement-templates", occasion]), key).await
    }

    /// `POST /announcement-templates/preview`; nothing is sent.
    pub async fn preview_announcement(
        &self,
        request: &PreviewAnnouncementRequest,
        key: &str,
    ) -> Result<AnnouncementPreview, ClientError> {
        self.post(self.at(&["announcement-templates", "preview"]), request, key).await
    }

    /// `GET /subscribers`: who reads the public page by mail.
    pub async fn subscribers(&self) -> Result<Page<Subscriber>, ClientError> {
        self.get(self.at(&["subscribers"])).await
    }

    /// `DELETE /subscribers/{subscriber}`: their address is forgotten.
    pub async fn remove_subscriber(&self, id: &str, key: &str) -> Result<Subscriber, ClientError> {
        self.delete(self.at(&["subscribers", id]), key).await
    }

    /// `GET /feedback`: each answer by itself, newest first, of one release or of all, of one rating or of any.
    pub async fn list_feedback(
        &self,
        release: Option<&str>,
        rating: Option<u8>,
        (before, limit): (Option<u64>, Option<u32>),
    ) -> Result<Page<FeedbackAnswer>, ClientError> {
        let mut url = self.at(&["feedback"]);
        ask(&mut url, "release", release);
        ask(&mut url, "rating", rating);
        ask(&mut url, "before", before);
        ask(&mut url, "limit", limit);
        self.get(url).await
    }

    /// `GET /releases/{version}/outcome`
    pub async fn release_outcome(&self, release: &str) -> Result<ReleaseOutcome, ClientError> {
        self.get(self.at(&["releases", release, "outcome"])).await
    }

    /// `GET /releases/{version}/feedback`
    pub async fn feedback(&self, release: &str) -> Result<Feedback, ClientError> {
        self.get(self.at(&["releases", release, "feedback"])).await
    }

    /// `POST /releases/{version}/feedback`
    pub async fn add_feedback(
        &self,
        release: &str,
        request: &FeedbackRequest,
        key: &str,
    ) -> Result<Feedback, ClientError> {
        self.post(self.at(&["releases", release, "feedback"]), request, key).await
    }
}
