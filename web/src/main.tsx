// Where it begins: the nonce that the server put into the page, then the application.
import "@mantine/core/styles.css";
import "@mantine/notifications/styles.css";
import "@mantine/spotlight/styles.css";
import "./theme/base.css";
import { setNonce } from "get-nonce";
import { createRoot } from "react-dom/client";
import { App } from "./app";

const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? "";
// Libraries that write style elements of their own ask here.
setNonce(nonce);

const root = document.getElementById("root");
if (root) createRoot(root).render(<App nonce={nonce} />);
