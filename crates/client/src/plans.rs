//! Plans.

use reqwest::Method;
use tidegate_api::{
    GoNoGo, Page, Plan, PlanActRequest, PlanAdvice, PlanCapacity, PlanCasesFormat, PlanCasesImported,
    PlanComparison, PlanFormat, PlanImported, PlanReadiness, PlanRisk, PlanSchedule, PlanSummary,
    UntriagedItems, WritePlanRequest,
};

use crate::send::ask;
use crate::{Client, ClientError};

/// What is wanted of a window to deploy in; what is absent is as the server has it.
#[derive(Debug, Clone, Default)]
pub struct WindowWish {
    /// Whose calendar keeps windows free.
    pub environment: Option<String>,
    /// The version of a plan whose people have to be awake.
    pub plan: Option<String>,
    pub zone: Option<String>,
    pub minutes: Option<u32>,
    pub days: Option<u32>,
    pub windows: Option<u32>,
}

impl Client {
    /// `GET /plans`, newest change first.
    pub async fn plans(
        &self,
        before: Option<u64>,
        limit: Option<u32>,
    ) -> Result<Page<PlanSummary>, ClientError> {
        let mut url = self.at(&["plans"]);
        ask(&mut url, "before", before);
        ask(&mut url, "limit", limit);
        self.get(url).await
    }

    /// `GET /plans/{version}`
    pub async fn plan(&self, version: &str) -> Result<Plan, ClientError> {
        self.get(self.at(&["plans", version])).await
    }

    /// `PUT /plans/{version}`: the whole of it, in the place of the edition that was seen, or of whatever stands.
    pub async fn write_plan(
        &self,
        version: &str,
        (request, edition): (&WritePlanRequest, Option<u64>),
        key: &str,
    ) -> Result<Plan, ClientError> {
        self.put_over(self.at(&["plans", version]), (request, edition), key).await
    }

    /// `POST /plans/{version}/import`: a plan in Markdown; with `dry_run`, it is only read. With an edition, only in its place.
    pub async fn import_plan(
        &self,
        version: &str,
        (markdown, dry_run, edition): (Vec<u8>, bool, Option<u64>),
        key: &str,
    ) -> Result<PlanImported, ClientError> {
        let mut url = self.at(&["plans", version, "import"]);
        ask(&mut url, "dry_run", dry_run.then_some("true"));
        self.upload_over(url, ("text/markdown", markdown, edition), key).await
    }

    /// `GET /plans/{version}/export`: as its format says; of an earlier edition, where one is named.
    pub async fn export_plan(
        &self,
        version: &str,
        (format, edition): (PlanFormat, Option<u64>),
    ) -> Result<Vec<u8>, ClientError> {
        let mut url = self.at(&["plans", version, "export"]);
        let format = match format {
            PlanFormat::Markdown => "markdown",
            PlanFormat::Html => "html",
            PlanFormat::Json => "json",
        };
        ask(&mut url, "format", Some(format));
        ask(&mut url, "edition", edition.map(|edition| edition.to_string()).as_deref());
        let response = self.send(self.request(Method::GET, &url), &url).await?;
        self.body(response, &url).await
    }

    /// `POST /plans/{version}/cases/import`: test cases in CSV or Markdown; with `dry_run`, they are only read.
    pub async fn import_plan_cases(
        &self,
        version: &str,
        (format, dry_run): (PlanCasesFormat, bool),
        cases: Vec<u8>,
        key: &str,
    ) -> Result<PlanCasesImported, ClientError> {
        let mut url = self.at(&["plans", version, "cases", "import"]);
        let (format, kind) = match format {
            PlanCasesFormat::Csv => ("csv", "text/csv"),
            PlanCasesFormat::Markdown => ("markdown", "text/markdown"),
        };
        ask(&mut url, "format", Some(format));
        ask(&mut url, "dry_run", dry_run.then_some("true"));
        self.upload(url, (kind, cases), key).await
    }

    /// `POST /plans/{version}/cases/{case}/files`: a log or a picture of the last run.
    pub async fn attach_to_plan_case(
        &self,
        (version, case): (&str, &str),
        (name, bytes): (&str, Vec<u8>),
        key: &str,
    ) -> Result<Plan, ClientError> {
        let mut url = self.at(&["plans", version, "cases", case, "files"]);
        ask(&mut url, "name", Some(name));
        self.upload(url, ("application/octet-stream", bytes), key).await
    }

    /// `GET /plans/{version}/files/{digest}`
    pub async fn plan_file(&self, version: &str, digest: &str) -> Result<Vec<u8>, ClientError> {
        let url = self.at(&["plans", version, "files", digest]);
        let response = self.send(self.request(Method::GET, &url), &url).await?;
        self.body(response, &url).await
    }

    /// `POST /plans/{version}/acts`
    pub async fn act_on_plan(
        &self,
        version: &str,
        request: &PlanActRequest,
        key: &str,
    ) -> Result<Plan, ClientError> {
        self.post(self.at(&["plans", version, "acts"]), request, key).await
    }

    /// `GET /plans/{version}/schedule`
    pub async fn plan_schedule(&self, version: &str) -> Result<PlanSchedule, ClientError> {
        self.get(self.at(&["plans", version, "schedule"])).await
    }

    /// `GET /plans/{version}/capacity`, for a day such as 2026-12-01.
    pub async fn plan_capacity(&self, version: &str, on: Option<&str>) -> Result<PlanCapacity, ClientError> {
        let mut url = self.at(&["plans", version, "capacity"]);
        ask(&mut url, "on", on);
        self.get(url).await
    }

    /// `POST /window-advice`: when to deploy, by a table of traffic.
    pub async fn advise_window(
        &self,
        wish: &WindowWish,
        traffic: Vec<u8>,
        key: &str,
    ) -> Result<PlanAdvice, ClientError> {
        let mut url = self.at(&["window-advice"]);
        ask(&mut url, "environment", wish.environment.as_deref());
        ask(&mut url, "plan", wish.plan.as_deref());
        ask(&mut url, "zone", wish.zone.as_deref());
        ask(&mut url, "minutes", wish.minutes);
        ask(&mut url, "days", wish.days);
        ask(&mut url, "windows", wish.windows);
        self.upload(url, ("text/csv", traffic), key).await
    }

    /// `GET /plans/{version}/untriaged`
    pub async fn plan_untriaged(
        &self,
        version: &str,
        (after, limit): (Option<&str>, Option<u32>),
    ) -> Result<UntriagedItems, ClientError> {
        let mut url = self.at(&["plans", version, "untriaged"]);
        ask(&mut url, "after", after);
        ask(&mut url, "limit", limit);
        self.get(url).await
    }

    /// `GET /plans/{version}/comparison`: by the commits of the candidate, or of the release that is named.
    pub async fn plan_comparison(
        &self,
        version: &str,
        release: Option<&str>,
    ) -> Result<PlanComparison, ClientError> {
        let mut url = self.at(&["plans", version, "comparison"]);
        ask(&mut url, "release", release);
        self.get(url).await
    }

    /// `GET /plans/{version}/readiness`
    pub async fn plan_readiness(&self, version: &str) -> Result<PlanReadiness, ClientError> {
        self.get(self.at(&["plans", version, "readiness"])).await
    }

    /// `GET /plans/{version}/risk`
    pub async fn plan_risk(&self, version: &str) -> Result<PlanRisk, ClientError> {
        self.get(self.at(&["plans", version, "risk"])).await
    }

    /// `GET /plans/{version}/go-no-go`
    pub async fn go_no_go(&self, version: &str) -> Result<GoNoGo, ClientError> {
        self.get(self.at(&["plans", version, "go-no-go"])).await
    }
}
