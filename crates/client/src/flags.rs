//! Feature flags: list, create, set, switch, go back, propose, import, export, keys.

use tidegate_api::{
    ActRequest, CreateFlagRequest, DescribeFlagRequest, EvaluateFlagsRequest, Flag, FlagChange,
    FlagEvaluations, FlagExposure, FlagKey, FlagKeyIssued, FlagsImported, ImportFlagsRequest,
    IssueFlagKeyRequest, Page, ProposeFlagRequest, RevertFlagRequest, SetFlagRequest, SwitchFlagRequest,
};

use crate::send::ask;
use crate::{Client, ClientError};

/// Which flags are wanted; all that are not archived by default.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlagsQuery {
    pub kind: Option<String>,
    pub owner: Option<String>,
    pub archived: bool,
    /// Only those that look as if nobody needed them any more.
    pub stale: bool,
    /// What counts as long enough for that.
    pub stale_days: Option<u32>,
}

impl Client {
    /// `GET /flags`
    pub async fn flags(&self, query: &FlagsQuery) -> Result<Page<Flag>, ClientError> {
        let mut url = self.at(&["flags"]);
        ask(&mut url, "kind", query.kind.as_ref());
        ask(&mut url, "owner", query.owner.as_ref());
        ask(&mut url, "archived", query.archived.then_some(true));
        ask(&mut url, "stale", query.stale.then_some(true));
        ask(&mut url, "stale_days", query.stale_days);
        self.get(url).await
    }

    /// `POST /flags`
    pub async fn create_flag(&self, request: &CreateFlagRequest, key: &str) -> Result<Flag, ClientError> {
        self.post(self.at(&["flags"]), request, key).await
    }

    /// `GET /flags/{key}`
    pub async fn flag(&self, flag: &str) -> Result<Flag, ClientError> {
        self.get(self.at(&["flags", flag])).await
    }

    /// `PUT /flags/{key}`
    pub async fn describe_flag(
        &self,
        flag: &str,
        request: &DescribeFlagRequest,
        key: &str,
    ) -> Result<Flag, ClientError> {
        self.put(self.at(&["flags", flag]), request, key).await
    }

    /// `POST /flags/{key}/archive`
    pub async fn archive_flag(
        &self,
        flag: &str,
        request: &ActRequest,
        key: &str,
    ) -> Result<Flag, ClientError> {
        self.post(self.at(&["flags", flag, "archive"]), request, key).await
    }

    /// `POST /flags/{key}/restore`
    pub async fn restore_flag(
        &self,
        flag: &str,
        request: &ActRequest,
        key: &str,
    ) -> Result<Flag, ClientError> {
        self.post(self.at(&["flags", flag, "restore"]), request, key).await
    }

    /// `GET /flags/{key}/history`, newest first.
    pub async fn flag_history(
        &self,
        flag: &str,
        environment: Option<&str>,
    ) -> Result<Page<FlagChange>, ClientError> {
        let mut url = self.at(&["flags", flag, "history"]);
        ask(&mut url, "environment", environment);
        self.get(url).await
    }

    /// `GET /flags/{key}/environments/{environment}/exposure`
    pub async fn flag_exposure(
        &self,
        (flag, environment): (&str, &str),
        (hours, points): (u32, u32),
    ) -> Result<FlagExposure, ClientError> {
        let mut url = self.at(&["flags", flag, "environments", environment, "exposure"]);
        ask(&mut url, "hours", Some(hours));
        ask(&mut url, "points", Some(points));
        self.get(url).await
    }

    /// `PUT /flags/{key}/environments/{environment}`
    pub async fn set_flag(
        &self,
        (flag, environment): (&str, &str),
        request: &SetFlagRequest,
        key: &str,
    ) -> Result<Flag, ClientError> {
        self.put(self.at(&["flags", flag, "environments", environment]), request, key).await
    }

    /// `POST /flags/{key}/environments/{environment}/switch`
    pub async fn switch_flag(
        &self,
        (flag, environment): (&str, &str),
        request: &SwitchFlagRequest,
        key: &str,
    ) -> Result<Flag, ClientError> {
        self.post(self.at(&["flags", flag, "environments", environment, "switch"]), request, key).await
    }

    /// `POST /flags/{key}/environments/{environment}/revert`
    pub async fn revert_flag(
        &self,
        (flag, environment): (&str, &str),
        request: &RevertFlagRequest,
        key: &str,
    ) -> Result<Flag, ClientError> {
        self.post(self.at(&["flags", flag, "environments", environment, "revert"]), request, key).await
    }

    /// `POST /flags/{key}/environments/{environment}/proposals`
    pub async fn propose_flag(
        &self,
        (flag, environment): (&str, &str),
        request: &ProposeFlagRequest,
        key: &str,
    ) -> Result<Flag, ClientError> {
        self.post(self.at(&["flags", flag, "environments", environment, "proposals"]), request, key).await
    }

    /// `POST /flags/{key}/environments/{environment}/proposals/{proposal}/approve`, `/reject`, `/withdraw`
    pub async fn decide_flag(
        &self,
        (flag, environment, proposal): (&str, &str, u64),
        (word, request): (&str, &ActRequest),
        key: &str,
    ) -> Result<Flag, ClientError> {
        let proposal = proposal.to_string();
        let path = ["flags", flag, "environments", environment, "proposals", &proposal, word];
        self.post(self.at(&path), request, key).await
    }

    /// `POST /environments/{environment}/flags/import`
    pub async fn import_flags(
        &self,
        environment: &str,
        request: &ImportFlagsRequest,
        key: &str,
    ) -> Result<FlagsImported, ClientError> {
        self.post(self.at(&["environments", environment, "flags", "import"]), request, key).await
    }

    /// `GET /environments/{environment}/flags.json`, in flagd's format.
    pub async fn export_flags(&self, environment: &str) -> Result<serde_json::Value, ClientError> {
        self.get(self.at(&["environments", environment, "flags.json"])).await
    }

    /// `POST /environments/{environment}/flags/evaluate`
    pub async fn evaluate_flags(
        &self,
        environment: &str,
        request: &EvaluateFlagsRequest,
    ) -> Result<FlagEvaluations, ClientError> {
        self.post(self.at(&["environments", environment, "flags", "evaluate"]), request, "").await
    }

    /// `GET /environments/{environment}/flag-keys`
    pub async fn flag_keys(&self, environment: &str) -> Result<Page<FlagKey>, ClientError> {
        self.get(self.at(&["environments", environment, "flag-keys"])).await
    }

    /// `POST /environments/{environment}/flag-keys`
    pub async fn issue_flag_key(
        &self,
        environment: &str,
        request: &IssueFlagKeyRequest,
        key: &str,
    ) -> Result<FlagKeyIssued, ClientError> {
        self.post(self.at(&["environments", environment, "flag-keys"]), request, key).await
    }

    /// `DELETE /environments/{environment}/flag-keys/{token}`
    pub async fn revoke_flag_key(
        &self,
        environment: &str,
        id: &str,
        key: &str,
    ) -> Result<FlagKey, ClientError> {
        self.delete(self.at(&["environments", environment, "flag-keys", id]), key).await
    }
}
