// Releases as signed files, and whose are taken.
import { queryOptions } from "@tanstack/react-query";
import { api, got } from "./client";

export const bundles = () => queryOptions({ queryKey: ["bundles"], queryFn: () => got(api.GET("/api/v1/bundles")) });

export const bundleKeys = () => queryOptions({ queryKey: ["bundle-keys"], queryFn: () => got(api.GET("/api/v1/bundle-keys")) });
