//! What a person sees for each thing that can be wrong with a file.
//!
//! A good file is spoiled in one place by exchanging one piece of text; the snapshot is the whole report.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use tidegate_manifest::{codes, parse};

const GOOD: &str = r#"project: shop
components:
  api:
    run: ["./shop", "api"]
    variables: {LOG: info}
    readiness: {http: /healthz, interval: 200ms}
    stop: {drain: 10s}
  web:
    run: ./shop web
    depends_on: [api]
environments:
  - name: development
    components:
      api: {replicas: 1, route: {listen: 127.0.0.1:8081, path: /api}}
      web: {replicas: 1, route: {listen: 127.0.0.1:8081}}
  - name: production
    components:
      api: {replicas: 2}
      web: {replicas: 2, route: {listen: 127.0.0.1:8083, hosts: [shop.example]}}
pipeline:
  name: Main Release Pipeline
  stages:
    - environment: development
      strategy: recreate
    - environment: production
      strategy:
        canary: {initial_traffic: 5%, increment: 10%, interval: 60s}
      analysis:
        min_duration: 5m
        rollback_when: [{metric: error_rate, threshold: 0.05, duration_seconds: 60}]
      promotion: manual
"#;

/// Name, what is there, what stands there instead.
const SPOILED: [(&str, &str, &str); 161] = [
    ("database_nothing", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    database: {}\n"),
    ("database_without_run", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    database: {expand: {timeout: 5m}}\n"),
    ("database_timeout", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    database: {contract: {run: ./migrate, timeout: 7h}}\n"),
    ("database_shell", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    database: {contract: {run: ./migrate, unless: \"./status | grep done\"}}\n"),
    ("database_unless_at_expand", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    database: {expand: {run: ./migrate, unless: ./status}}\n"),
    ("database_environment", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    database: {expand: {run: ./migrate, environments: [prodution]}}\n"),
    ("smoke_test_asks_nothing", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    smoke: [{name: answers}]\n"),
    ("smoke_test_asks_two_things", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    smoke: [{name: answers, http: /healthz, run: ./smoke}]\n"),
    ("smoke_test_without_name", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    smoke: [{http: /healthz}]\n"),
    ("smoke_test_name", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    smoke: [{name: Can Buy, http: /healthz}]\n"),
    ("smoke_test_twice", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    smoke: [{name: a, http: /healthz}, {name: a, run: ./smoke}]\n"),
    ("smoke_test_path", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    smoke: [{name: a, http: healthz}]\n"),
    ("smoke_test_status", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    smoke: [{name: a, http: {path: /cart, status: 2000}}]\n"),
    ("smoke_test_header", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    smoke: [{name: a, http: {path: /cart, headers: {\"content type\": json}}}]\n"),
    ("smoke_test_without_path", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    smoke: [{name: a, http: {status: 200}}]\n"),
    ("smoke_test_timeout", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    smoke: [{name: a, http: /healthz, timeout: 20m}]\n"),
    ("smoke_test_retries", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    smoke: [{name: a, http: /healthz, retries: 11}]\n"),
    ("smoke_test_run", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    smoke: [{name: a, run: []}]\n"),
    ("smoke_test_shell", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    smoke: [{name: a, run: \"curl $URL | grep ok\"}]\n"),
    ("smoke_test_environment", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    smoke: [{name: a, http: /healthz, environments: [prodution]}]\n"),
    ("smoke_test_key", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    smoke: [{name: a, http: /healthz, timeuot: 5s}]\n"),
    ("syntax_unclosed_list", r#"["./shop", "api"]"#, r#"["./shop", "api""#),
    ("syntax_tab", "    variables: {LOG: info}", "\tvariables: {LOG: info}"),
    ("syntax_indentation", "    readiness:", "   readiness:"),
    ("syntax_unclosed_quote", r#""./shop", "api""#, r#""./shop", "api"#),
    ("syntax_unknown_alias", "[api]", "*api"),
    ("syntax_second_document", "pipeline:\n", "---\npipeline:\n"),
    ("syntax_tag", "./shop web", "!shell ./shop web"),
    (
        "unknown_key",
        "replicas: 1, route: {listen: 127.0.0.1:8081, path",
        "replica: 1, route: {listen: 127.0.0.1:8081, path",
    ),
    ("unknown_key_far", "    stop: {drain", "    shutdown: {drain"),
    ("unknown_key_at_the_top", "pipeline:\n", "pipelien:\n"),
    ("duplicate_key", "  web:\n    run", "  api:\n    run"),
    ("missing_key", "    run: ./shop web\n", ""),
    ("missing_key_at_the_top", "project: shop\n", ""),
    ("missing_value", "project: shop", "project:"),
    ("type_mapping_for_value", "replicas: 2}", "replicas: {count: 2}}"),
    ("type_value_for_list", "[api]", "api"),
    ("type_value_for_mapping", "{drain: 10s}", "10s"),
    ("type_list_for_strategy", "strategy: recreate", "strategy: [recreate]"),
    ("duration_without_unit", "interval: 60s", "interval: 60"),
    ("duration_nonsense", "drain: 10s", "drain: ten seconds"),
    ("duration_not_whole_seconds", "drain: 10s", "drain: 1500ms"),
    ("duration_too_long", "drain: 10s", "drain: 90d"),
    ("seconds_with_a_unit", "duration_seconds: 60", "duration_seconds: 60s"),
    ("percent_two_ways", "initial_traffic: 5%", "initial_traffic: 0.05"),
    ("percent_more_than_all", "increment: 10%", "increment: 110%"),
    ("share_without_sign", "threshold: 0.05", "threshold: 5"),
    ("number", "replicas: 2}", "replicas: two}"),
    ("replicas_out_of_range", "replicas: 2}", "replicas: 0}"),
    ("amount", "strategy: recreate", "strategy: {rolling: {max_surge: lots}}"),
    ("switch", "path: /api}", "path: /api, strip_path: maybe}"),
    ("name_of_component", "  api:\n    run", "  Api_Server:\n    run"),
    ("name_of_environment", "name: production", "name: Production"),
    ("name_of_project", "project: shop", "project: My Shop"),
    ("word", "promotion: manual", "promotion: automatik"),
    ("metric", "metric: error_rate", "metric: errors"),
    ("strategy_unknown", "strategy: recreate", "strategy: bluegreen"),
    ("strategy_two", "strategy: recreate", "strategy: {recreate: {}, rolling: {}}"),
    ("strategy_flag_without_key", "strategy: recreate", "strategy: flag"),
    ("strategy_flag_without_key_among_knobs", "strategy: recreate", "strategy: {flag: {variant: on}}"),
    ("strategy_flag_key", "strategy: recreate", "strategy: {flag: {key: .hidden}}"),
    ("strategy_flag_code", "strategy: recreate", "strategy: {flag: {key: f, code: canary}}"),
    (
        "strategy_flag_rings_of_requests",
        "strategy: recreate",
        "strategy: {flag: {key: f, rings: [{name: beta, matches: [{header: {x: y}}]}, {share: 100%}]}}",
    ),
    (
        "strategy_flag_nobody",
        "strategy: recreate",
        "strategy: {flag: {key: f, rings: [{name: beta, who: {tenant: []}}, {share: 100%}]}}",
    ),
    (
        "strategy_flag_shrinks",
        "strategy: recreate",
        "strategy: {flag: {key: f, rings: [{share: 50%}, {share: 10%}, {share: 100%}]}}",
    ),
    (
        "strategy_flag_prometheus_url",
        "strategy: recreate",
        r"strategy: {flag: {key: f, prometheus: {url: p.example, requests: a, failures: b}}}",
    ),
    (
        "strategy_flag_prometheus_url_with_query",
        "strategy: recreate",
        r#"strategy: {flag: {key: f, prometheus: {url: "https://p.example?x=1", requests: a, failures: b}}}"#,
    ),
    (
        "strategy_flag_prometheus_half",
        "strategy: recreate",
        r"strategy: {flag: {key: f, prometheus: {url: https://p.example, requests: a}}}",
    ),
    (
        "strategy_flag_prometheus_label",
        "strategy: recreate",
        r"strategy: {flag: {key: f, prometheus: {url: https://p.example, requests: a, failures: b, variant_label: a-b}}}",
    ),
    (
        "strategy_flag_prometheus_one_label",
        "strategy: recreate",
        r"strategy: {flag: {key: f, prometheus: {url: https://p.example, requests: a, failures: b, variant_label: instance}}}",
    ),
    (
        "strategy_flag_prometheus_timeout",
        "strategy: recreate",
        r"strategy: {flag: {key: f, prometheus: {url: https://p.example, requests: a, failures: b, timeout: 1m}}}",
    ),
    (
        "strategy_flag_prometheus_token",
        "strategy: recreate",
        r"strategy: {flag: {key: f, prometheus: {url: https://p.example, requests: a, failures: b, token: Bearer x}}}",
    ),
    (
        "strategy_flag_not_everybody",
        "strategy: recreate",
        "strategy: {flag: {key: f, rings: [{share: 50%}]}}",
    ),
    (
        "strategy_phased_who",
        "strategy: recreate",
        "strategy: {phased: {rings: [{name: beta, who: {tenant: [acme]}}, {share: 100%}]}}",
    ),
    ("strategy_knob_of_another", "strategy: recreate", "strategy: {recreate: {keep_stable: 10m}}"),
    ("canary_two_ways", "interval: 60s}", "interval: 60s, climb: analysis}"),
    ("canary_zero", "increment: 10%", "increment: 0%"),
    ("canary_too_many_steps", "increment: 10%", "increment: 0.5%"),
    (
        "canary_falls",
        "{initial_traffic: 5%, increment: 10%, interval: 60s}",
        "{steps: [shift: 50%, wait: 60s, shift: 5%]}",
    ),
    ("canary_without_shift", "{initial_traffic: 5%, increment: 10%, interval: 60s}", "{steps: [wait: 60s]}"),
    (
        "canary_step_alone",
        "{initial_traffic: 5%, increment: 10%, interval: 60s}",
        "{steps: [shift, confirm]}",
    ),
    (
        "canary_step_two_things",
        "{initial_traffic: 5%, increment: 10%, interval: 60s}",
        "{steps: [{shift: 5%, wait: 60s}]}",
    ),
    (
        "canary_confirm_with_colon",
        "{initial_traffic: 5%, increment: 10%, interval: 60s}",
        "{steps: [shift: 5%, confirm: true]}",
    ),
    (
        "match",
        "{initial_traffic: 5%, increment: 10%, interval: 60s}",
        "{steps: [match: {header: {x y: 1}}, shift: 5%]}",
    ),
    ("analysis_range", "min_duration: 5m", "alpha: 0%"),
    ("analysis_timeout_before_minimum", "min_duration: 5m", "min_duration: 1h"),
    (
        "analysis_asked_and_off",
        "      analysis:\n        min_duration: 5m\n        rollback_when: [{metric: error_rate, threshold: 0.05, duration_seconds: 60}]\n",
        "      analysis: off\n      # climb\n",
    ),
    ("undefined_component", "      api: {replicas: 2}", "      apy: {replicas: 2}"),
    ("undefined_dependency", "depends_on: [api]", "depends_on: [database]"),
    ("undefined_environment", "environment: production", "environment: prod"),
    ("double_environment", "name: production", "name: development"),
    ("double_stage", "environment: production", "environment: development"),
    ("dependency_cycle", "    stop: {drain: 10s}\n", "    stop: {drain: 10s}\n    depends_on: [web]\n"),
    ("route_taken", "path: /api}", "path: /}"),
    ("listen_address", "listen: 127.0.0.1:8083", "listen: localhost:8083"),
    ("nothing_to_run", "run: ./shop web", "run: []"),
    ("command_for_a_shell", "run: ./shop web", "run: ./shop web --port $PORT"),
    (
        "promotion_into_the_first_stage",
        "strategy: recreate",
        "strategy: recreate\n      promotion: automatic",
    ),
    ("missing_value_of_a_variable", "{LOG: info}", "{LOG: }"),
    (
        "missing_stage_keys",
        "    - environment: development\n      strategy: recreate\n",
        "    - promotion: manual\n",
    ),
    (
        "missing_trigger_keys",
        "{metric: error_rate, threshold: 0.05, duration_seconds: 60}",
        "{metric: error_rate}",
    ),
    ("missing_environment_name", "  - name: production\n    components:\n", "  - components:\n"),
    ("host", "hosts: [shop.example]", "hosts: [\"https://shop.example/\"]"),
    ("path", "{http: /healthz, interval: 200ms}", "{http: healthz}"),
    ("readiness_word", "{http: /healthz, interval: 200ms}", "http"),
    ("readiness_two_ways", "interval: 200ms", "alive: true"),
    ("title", "name: Main Release Pipeline", "name: \"\""),
    ("variable_of_tidegate", "{LOG: info}", "{PORT: 80}"),
    ("variable_name", "{LOG: info}", "{LOG-LEVEL: info}"),
    ("component_twice", "depends_on: [api]", "depends_on: [api, api]"),
    ("planned_and_there", "    run: ./shop web\n", "    run: ./shop web\n    planned: on\n"),
    (
        "planned_environment_and_there",
        "  - name: production\n",
        "  - name: production\n    planned: on\n",
    ),
    (
        "empty_environment",
        "    components:\n      api: {replicas: 2}\n      web: {replicas: 2, route: {listen: 127.0.0.1:8083, hosts: [shop.example]}}\n",
        "    components: {}\n",
    ),
    ("no_route", "      web: {replicas: 2, route: {listen: 127.0.0.1:8083, hosts: [shop.example]}}\n", ""),
    (
        "match_two_things",
        "{initial_traffic: 5%, increment: 10%, interval: 60s}",
        "{steps: [match: {header: {a: 1}, cookie: {b: 1}}, shift: 5%]}",
    ),
    (
        "preview_two_things",
        "strategy: recreate",
        "strategy: {blue-green: {preview: {header: {a: 1}, listen: 127.0.0.1:8090}}}",
    ),
    (
        "preview_at_the_users_address",
        "strategy: recreate",
        "strategy: {blue-green: {preview: {listen: 127.0.0.1:8081}}}",
    ),
    (
        "preview_at_anothers_address",
        "strategy: recreate",
        "strategy: {blue-green: {preview: {listen: 127.0.0.1:8083}}}",
    ),
    (
        "preview_of_two_at_one_path",
        "      api: {replicas: 2}\n      web: {replicas: 2, route: {listen: 127.0.0.1:8083, hosts: [shop.example]}}
pipeline:
  name: Main Release Pipeline
  stages:
    - environment: development
      strategy: recreate
    - environment: production
      strategy:
        canary: {initial_traffic: 5%, increment: 10%, interval: 60s}",
        "      api: {replicas: 2, route: {listen: 127.0.0.1:8083, hosts: [api.example]}}
      web: {replicas: 2, route: {listen: 127.0.0.1:8083, hosts: [shop.example]}}
pipeline:
  name: Main Release Pipeline
  stages:
    - environment: development
      strategy: recreate
    - environment: production
      strategy:
        blue-green: {preview: {listen: 127.0.0.1:8090}}",
    ),
    ("port_taken_everywhere", "listen: 127.0.0.1:8083", "listen: 0.0.0.0:8081"),
    ("port_handed_over", "[\"./shop\", \"api\"]", "[\"./shop\", \"--port=$PORT\"]"),
    (
        "latency_threshold",
        "metric: error_rate, threshold: 0.05",
        "metric: latency_p99_ms, threshold: 5 seconds",
    ),
    (
        "both_names_of_the_triggers",
        "        min_duration: 5m\n",
        "        trigger_conditions: [{metric: error_rate, threshold: 1%, duration: 60s}]\n",
    ),
    ("inherits_from_nobody", "  - name: production\n", "  - name: production\n    inherits: develpment\n"),
    (
        "inherits_in_a_circle",
        "environments:\n  - name: development\n",
        "environments:\n  - {name: base, abstract: true, inherits: development}\n  - name: development\n    inherits: base\n",
    ),
    ("inherits_from_itself", "  - name: production\n", "  - name: production\n    inherits: production\n"),
    (
        "inherited_wrong_is_told_once",
        "environments:\n  - name: development\n",
        "environments:\n  - {name: base, abstract: true, variables: {PORT: 1}}\n  - {name: qa, inherits: base, components: {api: }}\n  - name: development\n    inherits: base\n",
    ),
    (
        "inherited_route_without_address",
        "environments:\n  - name: development\n",
        "environments:\n  - {name: base, abstract: true, components: {api: {route: {path: /x}}}}\n  - {name: qa, inherits: base}\n  - name: development\n",
    ),
    (
        "abstract_in_the_pipeline",
        "  - name: production\n",
        "  - name: production\n    abstract: true\n",
    ),
    ("stage_in_two_ways", "    - environment: production\n", "    - environment: production\n      environments: [production]\n"),
    ("stage_nowhere", "    - environment: development\n", "    - environments: []\n"),
    ("stage_succeeds_too_often", "    - environment: production\n", "    - environments: [production]\n      succeed: 2\n"),
    ("stage_succeeds_in_a_word", "    - environment: production\n", "    - environments: [production]\n      succeed: most\n"),
    ("soak_before_the_first", "    - environment: development\n", "    - environment: development\n      soak: 10m\n"),
    ("soak_twice", "      promotion: manual\n", "      promotion: manual\n      soak: 10m\n      gates:\n        - soak: 30m\n"),
    ("pipelines_without_default", "pipeline:\n  name: Main Release Pipeline\n", "pipelines:\n  hotfix: {stages: [{environment: production, strategy: canary}]}\npipeline:\n  name: Main Release Pipeline\n"),
    ("tier", "  - name: production\n", "  - name: production\n    tier: prod\n"),
    ("secret_name", "  - name: production\n", "  - name: production\n    secrets: [db-password]\n"),
    (
        "secret_and_variable",
        "  - name: production\n",
        "  - name: production\n    secrets: [DB_PASSWORD]\n    variables: {DB_PASSWORD: hunter2}\n",
    ),
    ("plain_text", GOOD, "just some text\n"),
    ("gate_alone", "      promotion: manual\n", "      promotion: manual\n      gates:\n        - soak\n"),
    ("gate_misspelt", "      promotion: manual\n", "      promotion: manual\n      gates:\n        - aproval\n"),
    ("gate_two_things", "      promotion: manual\n", "      promotion: manual\n      gates:\n        - {soak: 30m, expression: \"true\"}\n"),
    ("gate_name_twice", "      promotion: manual\n", "      promotion: manual\n      gates:\n        - approval\n        - approval: {count: 2}\n"),
    ("gate_of_the_calendar", "      promotion: manual\n", "      promotion: manual\n      gates:\n        - approval: {name: freeze}\n"),
    ("gate_signer", "      promotion: manual\n", "      promotion: manual\n      gates:\n        - approval: {from: [approvers]}\n"),
    ("gate_count", "      promotion: manual\n", "      promotion: manual\n      gates:\n        - approval: {count: 0}\n"),
    ("gate_needs_nothing", "      promotion: manual\n", "      promotion: manual\n      gates:\n        - needs: {version: 2.0.0, in: production}\n"),
    ("gate_needs_elsewhere", "      promotion: manual\n", "      promotion: manual\n      gates:\n        - needs: {release: 2.0.0, in: prod}\n"),
    ("gate_needs_a_component", "      promotion: manual\n", "      promotion: manual\n      gates:\n        - needs: {component: db, version: 1.0.0, in: production}\n"),
    ("gate_evidence_kind", "      promotion: manual\n", "      promotion: manual\n      gates:\n        - evidence: {kind: security_scam}\n"),
    ("gate_threshold", "      promotion: manual\n", "      promotion: manual\n      gates:\n        - evidence: {kind: security_scan, threshold: no critcal}\n"),
    ("gate_plan_alone", "      promotion: manual\n", "      promotion: manual\n      gates:\n        - plan\n"),
    ("gate_plan_misspelt", "      promotion: manual\n", "      promotion: manual\n      gates:\n        - plan: manual_test\n"),
    ("gate_plan_two_things", "      promotion: manual\n", "      promotion: manual\n      gates:\n        - plan: {asks: go, risk: 40}\n"),
    ("gate_plan_nothing", "      promotion: manual\n", "      promotion: manual\n      gates:\n        - plan: {name: risk}\n"),
    ("gate_plan_score", "      promotion: manual\n", "      promotion: manual\n      gates:\n        - plan: {risk: 101}\n"),
    ("gate_expression", "      promotion: manual\n", "      promotion: manual\n      gates:\n        - expression: \"release.kind ==\"\n"),
    ("gate_expression_variable", "      promotion: manual\n", "      promotion: manual\n      gates:\n        - expression: \"relase.kind == 'hotfix'\"\n"),
    ("gate_expression_function", "      promotion: manual\n", "      promotion: manual\n      gates:\n        - expression: \"matches(release.kind, 'h')\"\n"),
    ("gate_expression_deep", "      promotion: manual\n", "      promotion: manual\n      gates:\n        - expression: \"release.notes.all(n, release.notes.all(m, n == m))\"\n"),
];

#[test]
fn the_file_before_it_is_spoiled_is_good() {
    if let Err(wrong) = parse("tidegate.yaml", GOOD) {
        panic!("{}", wrong.render(false));
    }
}

#[test]
fn each_thing_that_can_be_wrong() {
    for (name, there, instead) in SPOILED {
        assert!(GOOD.contains(there), "{name}: `{there}` is not in the good file");
        let mut text = GOOD.replacen(there, instead, 1);
        if name == "analysis_asked_and_off" {
            text =
                text.replacen("{initial_traffic: 5%, increment: 10%, interval: 60s}", "{climb: analysis}", 1);
        }
        let wrong = parse("tidegate.yaml", &text).expect_err(name);
        for entry in &wrong.entries {
            assert!(entry.suggestion.is_some(), "{name}: no suggestion");
            assert!(entry.line >= 1 && entry.line <= text.lines().count(), "{name}: line {}", entry.line);
            assert_eq!(
                entry.source_line,
                text.lines().nth(entry.line - 1).unwrap().trim_end().replace('\t', " "),
                "{name}"
            );
        }
        insta::assert_snapshot!(name, wrong.render(false));
    }
}

fn without_stages() -> String {
    format!("{}  stages: []\n", GOOD.split("  stages:").next().unwrap_or_default())
}

fn long_expression(parts: usize) -> String {
    let sum = vec!["1"; parts].join(" + ");
    format!("{GOOD}      gates:\n        - expression: \"[{}] == []\"\n", sum.replace(" + ", ", "))
}

#[test]
fn a_pipeline_without_stages() {
    insta::assert_snapshot!(
        "no_stages",
        parse("tidegate.yaml", &without_stages()).unwrap_err().render(false)
    );
}

/// What no small file can have; `limits.rs` sees to those.
const OF_LARGE_FILES: [&str; 4] = ["file-too-large", "too-long", "too-many", "yaml-limit"];

#[test]
fn every_code_is_seen_by_somebody() {
    let spoiled = SPOILED.iter().map(|(_, there, instead)| GOOD.replacen(there, instead, 1));
    let files =
        spoiled.chain([String::new(), without_stages(), long_expression(300), long_expression(1_000)]);
    let seen: BTreeSet<String> = files
        .filter_map(|text| parse("tidegate.yaml", &text).err())
        .flat_map(|wrong| wrong.entries.into_iter().map(|entry| entry.code))
        .collect();
    let unseen: Vec<&str> = codes()
        .map(|(code, _)| code)
        .filter(|code| !seen.contains(*code) && !OF_LARGE_FILES.contains(code))
        .collect();
    assert_eq!(unseen, Vec::<&str>::new());
}

#[test]
fn all_that_is_wrong_is_told_at_once_and_in_order() {
    let text = GOOD
        .replace("interval: 200ms", "interval: 200")
        .replace("increment: 10%", "increment: 10 percent")
        .replace("      api: {replicas: 2}", "      apj: {replicas: 2000}")
        .replace("promotion: manual", "promotion: later");
    let wrong = parse("tidegate.yaml", &text).unwrap_err();
    insta::assert_snapshot!("several", wrong.render(false));
    assert!(wrong.entries.is_sorted_by_key(|entry| (entry.line, entry.column)));
}

#[test]
fn more_than_twenty_are_counted() {
    let mut text = String::from("project: shop\ncomponents:\n");
    for number in 0..30 {
        writeln!(text, "  c{number}: {{run: ./c, stop: {{drain: {number}}}}}").unwrap();
    }
    text.push_str("environments: []\n");
    let wrong = parse("tidegate.yaml", &text).unwrap_err();
    assert_eq!((wrong.entries.len(), wrong.omitted), (20, 10));
    assert_eq!(wrong.to_string(), "tidegate.yaml has 30 errors");
    assert!(wrong.render(false).contains("… and 10 more"));
}

#[test]
fn an_empty_file_says_how_to_begin() {
    for text in ["", "\n\n", "# nothing yet\n", "---\n", "\u{FEFF}# nothing\n"] {
        let wrong = parse("tidegate.yaml", text).unwrap_err();
        assert_eq!(wrong.entries[0].code, "empty-file", "{text:?}");
    }
    insta::assert_snapshot!("empty_file", parse("tidegate.yaml", "").unwrap_err().render(false));
}

#[test]
fn diagnostics_travel_as_json_and_look_the_same_there() {
    let wrong = parse("tidegate.yaml", &GOOD.replace("interval: 60s", "interval: 60")).unwrap_err();
    let json = serde_json::to_string(&wrong).unwrap();
    let back: tidegate_manifest::Diagnostics = serde_json::from_str(&json).unwrap();
    assert_eq!(back, wrong);
    assert_eq!(back.render(false), wrong.render(false));
    assert!(wrong.render(true).contains("\u{1b}["));
    assert!(!wrong.render(false).contains('\u{1b}'));
}

#[test]
fn what_a_file_holds_cannot_speak_to_the_terminal() {
    let text = GOOD.replace("interval: 60s", "interval: \"\\e[31m\\u202e\u{202e}60\"");
    let wrong = parse("tide\u{1b}gate.yaml", &text).unwrap_err();
    let shown = wrong.render(false);
    assert!(!shown.contains(['\u{1b}', '\u{202e}']), "{shown:?}");
    assert!(!wrong.entries[0].message.contains(['\u{1b}', '\u{202e}']));
}

#[test]
fn a_long_line_is_shown_around_the_place() {
    let padding = "x".repeat(5_000);
    let text = GOOD.replace("{LOG: info}", &format!("{{LOG: {padding}, PORT: 1, MORE: {padding}}}"));
    let wrong = parse("tidegate.yaml", &text).unwrap_err();
    let entry = &wrong.entries[0];
    assert_eq!(entry.code, "bad-variable");
    assert!(entry.source_line.chars().count() <= 160);
    let offset = entry.column - entry.source_column;
    let shown: String = entry.source_line.chars().skip(offset).take(entry.length).collect();
    assert_eq!(shown, "PORT");
}

#[test]
fn wide_characters_do_not_move_the_caret() {
    let text = GOOD.replace("variables: {LOG: info}", "variables: {LOG: größe 🌊, ÄRGER: x}");
    let wrong = parse("tidegate.yaml", &text).unwrap_err();
    let entry = &wrong.entries[0];
    let shown: String = entry.source_line.chars().skip(entry.column - 1).take(entry.length).collect();
    assert_eq!(shown, "ÄRGER");
}
