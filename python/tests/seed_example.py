from release_management import ReleaseManager

release_manager = ReleaseManager()

release_manager.configure_environments({
    "development": {"name": "Development"},
    "staging": {"name": "Staging"},
    "production": {"name": "Production"}
})

release_manager.setup_release_pipeline("Main Release Pipeline")

release_manager.configure_deployment_strategy(
    strategy="canary",
    options={"initial_traffic": 5, "increment": 10}
)

release = release_manager.create_release(
    version="2.1.0",
    components=["api", "web", "mobile"],
    changelog=["New dashboard feature", "Performance improvements"]
)

deployment = release_manager.plan_deployment(
    release,
    target_environment="production",
    strategy="canary"
)

canary_config = release_manager.setup_canary_deployment(
    release,
    traffic_percentage=5
)

rollback_config = release_manager.configure_rollback_strategy(
    trigger_conditions=[
        {"metric": "error_rate", "threshold": 0.05, "duration_seconds": 60}
    ]
)

compliance = release_manager.configure_compliance_gates({
    "security_scan": {"required": True, "pass_threshold": "no critical"},
    "performance_benchmark": {"required": True}
})
