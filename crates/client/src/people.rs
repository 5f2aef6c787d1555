//! People, groups, tokens, signing in.

use tidegate_api::{
    AddPersonRequest, DisableRequest, EmptyRequest, FinishSignInRequest, Grant, GrantsRequest, Group,
    GroupsRequest, Hidden, IssueTokenRequest, Link, LinksRequest, Page, PasswordRequest, Person, Provider,
    SetupRequest, SignInRequest, SignedIn, SignedOut, Token, TokenIssued, Whoami,
};

use crate::{Client, ClientError};

/// What takes a secret takes no key, so nothing is bound to it.
const NO_KEY: &str = "";

impl Client {
    /// `POST /setup`: the first administrator.
    pub async fn set_up(&self, request: &SetupRequest) -> Result<Person, ClientError> {
        self.post(self.at(&["setup"]), request, NO_KEY).await
    }

    /// `POST /session`
    pub async fn sign_in(&self, name: &str, password: &str) -> Result<SignedIn, ClientError> {
        let (name, password) = (name.to_owned(), Hidden(password.to_owned()));
        let request = SignInRequest { name, password, bearer: true };
        self.post(self.at(&["session"]), &request, NO_KEY).await
    }

    /// `GET /session/oidc`
    pub async fn providers(&self) -> Result<Page<Provider>, ClientError> {
        self.get(self.at(&["session", "oidc"])).await
    }

    /// `POST /session/oidc`: with what the browser brought.
    pub async fn finish_sign_in(&self, request: &FinishSignInRequest) -> Result<SignedIn, ClientError> {
        self.post(self.at(&["session", "oidc"]), request, NO_KEY).await
    }

    /// `GET /session`
    pub async fn whoami(&self) -> Result<Whoami, ClientError> {
        self.get(self.at(&["session"])).await
    }

    /// `DELETE /session`
    pub async fn sign_out(&self) -> Result<SignedOut, ClientError> {
        self.delete(self.at(&["session"]), NO_KEY).await
    }

    /// `GET /people`
    pub async fn people(&self) -> Result<Page<Person>, ClientError> {
        self.get(self.at(&["people"])).await
    }

    /// `POST /people`
    pub async fn add_person(&self, request: &AddPersonRequest, key: &str) -> Result<Person, ClientError> {
        self.post(self.at(&["people"]), request, key).await
    }

    /// `GET /people/{person}`
    pub async fn person(&self, name: &str) -> Result<Person, ClientError> {
        self.get(self.at(&["people", name])).await
    }

    /// `PUT /people/{person}/grants`: in the place of all before.
    pub async fn set_grants(&self, name: &str, grants: Vec<Grant>, key: &str) -> Result<Person, ClientError> {
        self.put(self.at(&["people", name, "grants"]), &GrantsRequest { grants }, key).await
    }

    /// `PUT /people/{person}/groups`: in the place of all before.
    pub async fn set_groups(
        &self,
        name: &str,
        groups: Vec<String>,
        key: &str,
    ) -> Result<Person, ClientError> {
        self.put(self.at(&["people", name, "groups"]), &GroupsRequest { groups }, key).await
    }

    /// `PUT /people/{person}/links`: in the place of all before.
    pub async fn set_links(&self, name: &str, links: Vec<Link>, key: &str) -> Result<Person, ClientError> {
        self.put(self.at(&["people", name, "links"]), &LinksRequest { links }, key).await
    }

    /// `PUT /people/{person}/password`
    pub async fn set_password(&self, name: &str, request: &PasswordRequest) -> Result<Person, ClientError> {
        self.put(self.at(&["people", name, "password"]), request, NO_KEY).await
    }

    /// `POST /people/{person}/disable`
    pub async fn disable_person(&self, name: &str, reason: &str, key: &str) -> Result<Person, ClientError> {
        let request = DisableRequest { reason: reason.to_owned() };
        self.post(self.at(&["people", name, "disable"]), &request, key).await
    }

    /// `POST /people/{person}/enable`
    pub async fn enable_person(&self, name: &str, key: &str) -> Result<Person, ClientError> {
        self.post(self.at(&["people", name, "enable"]), &EmptyRequest {}, key).await
    }

    /// `DELETE /people/{person}/sessions`: signs them out everywhere.
    pub async fn end_sessions(&self, name: &str, key: &str) -> Result<SignedOut, ClientError> {
        self.delete(self.at(&["people", name, "sessions"]), key).await
    }

    /// `GET /people/{person}/tokens`
    pub async fn tokens(&self, name: &str) -> Result<Page<Token>, ClientError> {
        self.get(self.at(&["people", name, "tokens"])).await
    }

    /// `POST /people/{person}/tokens`: the answer holds its text, this once.
    pub async fn issue_token(
        &self,
        name: &str,
        request: &IssueTokenRequest,
        key: &str,
    ) -> Result<TokenIssued, ClientError> {
        self.post(self.at(&["people", name, "tokens"]), request, key).await
    }

    /// `DELETE /people/{person}/tokens/{token}`
    pub async fn revoke_token(&self, name: &str, id: &str, key: &str) -> Result<Token, ClientError> {
        self.delete(self.at(&["people", name, "tokens", id]), key).await
    }

    /// `GET /groups`
    pub async fn groups(&self) -> Result<Page<Group>, ClientError> {
        self.get(self.at(&["groups"])).await
    }

    /// `PUT /groups/{group}`: in the place of all that was granted to it before.
    pub async fn set_group(&self, group: &str, grants: Vec<Grant>, key: &str) -> Result<Group, ClientError> {
        self.put(self.at(&["groups", group]), &GrantsRequest { grants }, key).await
    }
}
