//! `/projects`.

use tidegate_api::{AddProjectRequest, Page, Project};

use crate::{Client, ClientError};

impl Client {
    pub async fn projects(&self) -> Result<Page<Project>, ClientError> {
        self.get(self.at(&["projects"])).await
    }

    pub async fn add_project(&self, name: &str, key: &str) -> Result<Project, ClientError> {
        self.post(self.at(&["projects"]), &AddProjectRequest { name: name.to_owned() }, key).await
    }
}
