//! A bill of materials in CycloneDX 1.6, worked out from the artifacts alone.
//!
//! Invariant: the same artifacts give the same bytes; its serial number follows from them. Not here: what is inside of
//! an artifact (only who built it knows; such files are given as `boms`).

use serde::Serialize;

use crate::digest::Digest;
use crate::manifest::{Kind, Member};
use crate::refusal::Refusal;

pub const MEDIA_TYPE: &str = "application/vnd.cyclonedx+json";

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Bom<'a> {
    #[serde(rename = "bomFormat")]
    format: &'static str,
    spec_version: &'static str,
    serial_number: String,
    version: u32,
    metadata: Metadata<'a>,
    components: Vec<Component<'a>>,
}

#[derive(Debug, Serialize)]
struct Metadata<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    timestamp: Option<&'a str>,
    component: Whole<'a>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Whole<'a> {
    r#type: &'static str,
    #[serde(rename = "bom-ref")]
    reference: &'static str,
    name: &'a str,
    version: &'a str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Component<'a> {
    r#type: &'static str,
    #[serde(rename = "mime-type")]
    mime_type: &'a str,
    #[serde(rename = "bom-ref")]
    reference: &'a str,
    name: &'a str,
    version: &'a str,
    hashes: [Hash; 1],
    #[serde(skip_serializing_if = "Vec::is_empty")]
    licenses: Vec<Licence<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    purl: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct Hash {
    alg: &'static str,
    content: Digest,
}

#[derive(Debug, Serialize)]
struct Licence<'a> {
    license: Named<'a>,
}

#[derive(Debug, Serialize)]
struct Named<'a> {
    name: &'a str,
}

/// Of a bundle by name and version; each artifact with its licences.
pub fn worked_out(
    (name, version): (&str, &str),
    created: Option<&str>,
    artifacts: &[(&Member, &[String])],
) -> Result<Vec<u8>, Refusal> {
    let components: Vec<Component<'_>> =
        artifacts.iter().filter_map(|(member, licences)| component(member, version, licences)).collect();
    let seen = serde_json::to_vec(&components).map_err(|why| Refusal::Manifest(why.to_string()))?;
    let bom = Bom {
        format: "CycloneDX",
        spec_version: "1.6",
        serial_number: serial(&[name.as_bytes(), b"\0", version.as_bytes(), b"\0", &seen].concat()),
        version: 1,
        metadata: Metadata {
            timestamp: created,
            component: Whole { r#type: "application", reference: "bundle", name, version },
        },
        components,
    };
    let mut bytes = serde_json::to_vec_pretty(&bom).map_err(|why| Refusal::Manifest(why.to_string()))?;
    bytes.push(b'\n');
    Ok(bytes)
}

fn component<'a>(member: &'a Member, version: &'a str, licences: &'a [String]) -> Option<Component<'a>> {
    let artifact = member.artifact.as_ref()?;
    let own = artifact.purl.as_deref().and_then(|purl| purl.split(['?', '#']).next()?.rsplit_once('@'));
    Some(Component {
        r#type: match artifact.kind {
            Kind::Binary | Kind::Mobile => "application",
            Kind::Config | Kind::Document | Kind::Migration => "file",
        },
        mime_type: &member.media_type,
        reference: member.path.as_str(),
        name: &artifact.name,
        version: own.map_or(version, |(_, own)| own),
        hashes: [Hash { alg: "SHA-256", content: member.sha256 }],
        licenses: licences.iter().map(|name| Licence { license: Named { name } }).collect(),
        purl: artifact.purl.as_deref(),
    })
}

/// A UUID of version 8 (RFC 9562: its bits are ours to choose), by what is in it.
fn serial(seen: &[u8]) -> String {
    let mut bits: [u8; 16] = [0; 16];
    bits.copy_from_slice(&Digest::of(seen).bytes()[..16]);
    bits[6] = bits[6] & 0x0f | 0x80;
    bits[8] = bits[8] & 0x3f | 0x80;
    let hex = data_encoding::HEXLOWER.encode(&bits);
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}
