//! A team's templates of plans, whose turn it is, and a plan's past.

use tidegate_api::{
    BeginPlanRequest, EmptyRequest, Plan, PlanActions, PlanDifference, PlanHistory, PlanProgress,
    PlanRotation, PlanTemplate, PlanTemplateApplied, PlanTemplates, WritePlanRotationRequest,
    WritePlanTemplateRequest,
};

use crate::send::ask;
use crate::{Client, ClientError};

impl Client {
    /// `GET /plan-templates`
    pub async fn plan_templates(&self) -> Result<PlanTemplates, ClientError> {
        self.get(self.at(&["plan-templates"])).await
    }

    /// `GET /plan-templates/{name}`, of an edition or of the newest.
    pub async fn plan_template(&self, name: &str, edition: Option<u32>) -> Result<PlanTemplate, ClientError> {
        let mut url = self.at(&["plan-templates", name]);
        ask(&mut url, "edition", edition);
        self.get(url).await
    }

    /// `PUT /plan-templates/{name}`: a new edition.
    pub async fn write_plan_template(
        &self,
        name: &str,
        request: &WritePlanTemplateRequest,
        key: &str,
    ) -> Result<PlanTemplate, ClientError> {
        self.put(self.at(&["plan-templates", name]), request, key).await
    }

    /// `DELETE /plan-templates/{name}`
    pub async fn remove_plan_template(&self, name: &str, key: &str) -> Result<PlanTemplates, ClientError> {
        self.delete(self.at(&["plan-templates", name]), key).await
    }

    /// `GET /plan-templates/{name}/difference`
    pub async fn plan_template_difference(
        &self,
        name: &str,
        (from, to): (Option<u32>, Option<u32>),
    ) -> Result<PlanDifference, ClientError> {
        let mut url = self.at(&["plan-templates", name, "difference"]);
        ask(&mut url, "from", from);
        ask(&mut url, "to", to);
        self.get(url).await
    }

    /// `POST /plan-templates/{name}/update`: what is new in the template that it was made from.
    pub async fn update_plan_template(
        &self,
        name: &str,
        key: &str,
    ) -> Result<PlanTemplateApplied, ClientError> {
        self.post(self.at(&["plan-templates", name, "update"]), &EmptyRequest::default(), key).await
    }

    /// `POST /plans/{version}/template`: what is new in the template that it was made from.
    pub async fn update_plan_from_template(
        &self,
        version: &str,
        key: &str,
    ) -> Result<PlanTemplateApplied, ClientError> {
        self.post(self.at(&["plans", version, "template"]), &EmptyRequest::default(), key).await
    }

    /// `POST /plans/{version}/begin`
    pub async fn begin_plan(
        &self,
        version: &str,
        request: &BeginPlanRequest,
        key: &str,
    ) -> Result<Plan, ClientError> {
        self.post(self.at(&["plans", version, "begin"]), request, key).await
    }

    /// `GET /plan-actions`: what retrospectives asked for and nobody has done yet.
    pub async fn plan_actions(&self) -> Result<PlanActions, ClientError> {
        self.get(self.at(&["plan-actions"])).await
    }

    /// `GET /plans/{version}/history`, the newest edition first.
    pub async fn plan_history(&self, version: &str) -> Result<PlanHistory, ClientError> {
        self.get(self.at(&["plans", version, "history"])).await
    }

    /// `GET /plans/{version}/difference` between two editions.
    pub async fn plan_difference(
        &self,
        version: &str,
        (from, to): (Option<u64>, Option<u64>),
    ) -> Result<PlanDifference, ClientError> {
        let mut url = self.at(&["plans", version, "difference"]);
        ask(&mut url, "from", from);
        ask(&mut url, "to", to);
        self.get(url).await
    }

    /// The same against the template that the plan was made from.
    pub async fn plan_difference_to_template(&self, version: &str) -> Result<PlanDifference, ClientError> {
        let mut url = self.at(&["plans", version, "difference"]);
        ask(&mut url, "template", Some("true"));
        self.get(url).await
    }

    /// `GET /plans/{version}/progress`
    pub async fn plan_progress(&self, version: &str) -> Result<PlanProgress, ClientError> {
        self.get(self.at(&["plans", version, "progress"])).await
    }

    /// `GET /plan-rotation`, for the time of a plan or for today.
    pub async fn plan_rotation(&self, plan: Option<&str>) -> Result<PlanRotation, ClientError> {
        let mut url = self.at(&["plan-rotation"]);
        ask(&mut url, "plan", plan);
        self.get(url).await
    }

    /// `PUT /plan-rotation`: who takes turns, whole.
    pub async fn write_plan_rotation(
        &self,
        request: &WritePlanRotationRequest,
        key: &str,
    ) -> Result<PlanRotation, ClientError> {
        self.put(self.at(&["plan-rotation"]), request, key).await
    }
}
