// Generated from openapi.json by `npm run types`. Not edited by hand.

export interface paths {
    "/api/v1/assets": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Finds assets by name or ticker */
        get: operations["search_assets"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/assets/{class}/{symbol}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says what is known of an asset */
        get: operations["show_asset"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/channels": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the channels that are set up, in alphabetical order */
        get: operations["list_channels"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/channels/{channel}/test": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sends a sample through a channel
         * @description At once; the answer says what came of it. A channel that takes it is enabled again.
         */
        post: operations["test_channel"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/events": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Tells what happens, as it happens
         * @description Server-sent events of what belongs to the caller. `quote` is a price that changed, in the currencies of the
         *     caller's portfolios, as `GET /prices/{class}/{symbol}` answers it (schema Quote). `valuation` is a new snapshot, as
         *     `GET /portfolios/{id}/valuations` lists it (schema Valuation, without holdings and changes). `notification` is
         *     something that the caller was told, or a delivery of it that got further, as `GET /notifications` lists it (schema
         *     Notification). `job` is a job of the caller's that got further, as `GET /jobs/{id}` answers it (schema Job). `reset`
         *     says that more happened than is told one by one: read everything again.
         *
         *     An event may come twice, and of several snapshots of a portfolio in short order only the newest. With the id of the
         *     last event that a client has, it is told what came since, of the last hour; with an older one it gets `reset`. A
         *     comment comes every 15 seconds where nothing happens. The stream ends when the token is revoked or the session
         *     ends, when the client does not keep up, and when the server stops.
         */
        get: operations["events"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Starts a job for everybody
         * @description For administrators. While one of the kind is open, that job is answered.
         */
        post: operations["start_job"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/jobs/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a job */
        get: operations["show_job"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists what the caller was told, newest first
         * @description With how far its delivery is through each channel. Kept for 90 days.
         */
        get: operations["list_notifications"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/notifications/{id}/deliveries": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Sends a notification again
         * @description Through each of its channels, at once and with the same id. What is on its way goes on as it is.
         */
        post: operations["send_again"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/portfolios": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists portfolios, oldest first */
        get: operations["list_portfolios"];
        put?: never;
        /** Makes a portfolio */
        post: operations["create_portfolio"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/portfolios/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a portfolio */
        get: operations["show_portfolio"];
        put?: never;
        post?: never;
        /** Deletes a portfolio with all that belongs to it */
        delete: operations["delete_portfolio"];
        options?: never;
        head?: never;
        /**
         * Changes a portfolio
         * @description A merge patch: null clears, what is absent stays.
         */
        patch: operations["change_portfolio"];
        trace?: never;
    };
    "/api/v1/portfolios/{id}/alert-rules": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shows a portfolio's alert rules and how they stand
         * @description A new portfolio has one for a loss and one for a gain. A rule is `inactive` where it can say
         *     nothing: a loss without a known cost, an asset that is not held any more.
         */
        get: operations["show_alert_rules"];
        /**
         * Puts other alert rules in the place of a portfolio's
         * @description A rule that is sent with its id keeps what is remembered of it, unless it watches something else now; so does
         *     one without an id that is in all else one that is there. The owner of a portfolio that has snapshots is not
         *     told of what is so already: a new or changed rule fires at the next crossing. The same request again changes
         *     nothing.
         */
        put: operations["replace_alert_rules"];
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/portfolios/{id}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shows how a portfolio's worth went
         * @description Snapshots, and before the first of them each day since the first lot was acquired, worked out from the
         *     lots that are held and the day's closes and rates. A day without a price has a null value.
         */
        get: operations["portfolio_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/portfolios/{id}/holdings": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Adds a lot to a portfolio
         * @description No source is asked whether the asset exists: an unknown one is accepted and stays unpriced.
         */
        post: operations["create_holding"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/portfolios/{id}/holdings/{holding_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Removes a lot */
        delete: operations["delete_holding"];
        options?: never;
        head?: never;
        /**
         * Changes a lot
         * @description A merge patch: null clears, what is absent stays.
         */
        patch: operations["change_holding"];
        trace?: never;
    };
    "/api/v1/portfolios/{id}/valuation": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Values a portfolio now
         * @description The value is not stored.
         */
        get: operations["value_portfolio"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/portfolios/{id}/valuations": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists snapshots, newest first */
        get: operations["list_valuations"];
        put?: never;
        /**
         * Asks for a snapshot
         * @description While one is queued or running, that job is answered.
         */
        post: operations["start_valuation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/portfolios/{id}/valuations/latest": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows the newest snapshot */
        get: operations["latest_valuation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/portfolios/{id}/valuations/{valuation_id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows a snapshot */
        get: operations["show_valuation"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/prices/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Says what many assets cost
         * @description An asset without a price fails nobody else: it is under `unpriced` with the reason.
         */
        post: operations["price_batch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/prices/{class}/{symbol}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Says what an asset costs
         * @description Where no source has a price, and always for custom assets, the price that the owner stated by hand is answered.
         */
        get: operations["price"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/prices/{class}/{symbol}/history": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Says what an asset cost
         * @description Oldest first: the completed days before today, then today's provisional point where the source has one.
         */
        get: operations["price_history"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/prices/{class}/{symbol}/manual": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Shows the price that was stated by hand last
         * @description It is shown also when it is no longer valid.
         */
        get: operations["show_manual_price"];
        /**
         * States what an asset is worth
         * @description Used where no source has a price, and always for custom assets, in the caller's own portfolios. The answer is
         *     what is kept; the same request again changes nothing. Not for currencies.
         */
        put: operations["state_price"];
        post?: never;
        /**
         * Takes back everything that was stated about an asset
         * @description Snapshots that were made with it stay.
         */
        delete: operations["remove_manual_price"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quotes/quarantined": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the prices that were held back because they are implausible, by asset
         * @description Those that wait for a second source, three scheduled collections or a person to confirm them; with
         *     `all` those of the last seven days with a verdict too.
         */
        get: operations["list_quarantined_quotes"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/quotes/quarantined/{id}/accept": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Takes a price that was held back for right
         * @description It is the last accepted price from now on, by which the next is judged. For administrators: prices are
         *     everybody's.
         */
        post: operations["accept_quarantined_quote"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/schedule": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says when which job runs */
        get: operations["schedule"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says who is logged in */
        get: operations["show_session"];
        put?: never;
        /**
         * Logs a browser in
         * @description The answer sets the cookie `folio_session`.
         */
        post: operations["open_session"];
        /** Logs a browser out */
        delete: operations["close_session"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/sources": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Lists the price sources and how they do */
        get: operations["list_sources"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/summary": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Says what all portfolios are worth together
         * @description Each is valued now by its own policy, all with the same prices. One without a total, or without a rate
         *     into the currency, is named with its reason and in no sum.
         */
        get: operations["summary"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Lists the tokens, without their secrets
         * @description The administrator's own token is in the data directory and not in this list.
         */
        get: operations["list_tokens"];
        put?: never;
        /** Makes a token and shows its secret this once */
        post: operations["create_token"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/v1/tokens/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /** Revokes a token; its sessions end with it */
        delete: operations["revoke_token"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says that the process lives */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/metrics": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Shows the server's numbers in Prometheus' text form */
        get: operations["metrics"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** Says whether the server can work, a line per dependency */
        get: operations["ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * @description What an alert rule watches.
         * @enum {string}
         */
        AlertKind: "loss" | "gain" | "change" | "price_above" | "price_below";
        /**
         * @description Whether a rule waits for its threshold.
         * @enum {string}
         */
        AlertPhase: "armed" | "fired";
        /** @description A rule and how it stands. */
        AlertRule: {
            /**
             * @description The asset that is watched; null is the whole portfolio.
             * @example crypto:bitcoin
             */
            asset: string | null;
            /**
             * @description How far back over the threshold the level has to come before the rule can fire again: percentage points
             *     of a threshold in percent, percent of a price.
             */
            band_percent: components["schemas"]["Dec"];
            /** @description The channels that its notifications go through; null is the operator's default. */
            channels: string[] | null;
            /**
             * Format: int32
             * @description For how long after a notification another crossing makes none, by the instants of valuations.
             */
            cooldown_hours: number;
            /**
             * @description The currency of the price.
             * @example USD
             */
            currency: string | null;
            /**
             * @description Its id.
             * @example 0198c5c2-5a1e-7b54-9c1d-3f6a2b7c8d90
             */
            id: string;
            inactive: components["schemas"]["Inactive"] | null;
            /** @description What is watched. */
            kind: components["schemas"]["AlertKind"];
            price: components["schemas"]["Dec"] | null;
            /** @description What is remembered of it. */
            state: components["schemas"]["AlertState"];
            threshold_percent: components["schemas"]["Dec"] | null;
            /**
             * Format: int32
             * @description Over how many hours a change is watched.
             */
            window_hours: number | null;
        };
        /**
         * @description A rule to watch. Decimals may be texts or numbers. A field that the kind does not take is refused unless it
         *     is null.
         */
        AlertRuleInput: {
            /**
             * @description Of price_above and price_below, which need it, and of change, which watches the whole portfolio without
             *     one: an asset that the portfolio holds.
             * @example crypto:bitcoin
             */
            asset?: string | null;
            /**
             * @description How far back over the threshold the level has to come before the rule can fire again: percentage points
             *     of a threshold in percent, percent of a price.
             * @default 1
             * @example 1
             */
            band_percent?: string | null;
            /** @description The channels that its notifications go through; null is the operator's default. */
            channels?: string[] | null;
            /**
             * Format: int32
             * @description For how long after a notification another crossing makes none.
             * @default 24
             */
            cooldown_hours?: number | null;
            /**
             * @description Of price_above and price_below: the currency of the price, the portfolio's or the one that the asset is
             *     quoted in. The portfolio's unless told.
             * @example USD
             */
            currency?: string | null;
            /** @description The id of a rule that the portfolio has, to keep what is remembered of it; without one a rule is made. */
            id?: string | null;
            inactive?: components["schemas"]["Inactive"] | null;
            /** @description What is watched. */
            kind: components["schemas"]["AlertKind"];
            /**
             * @description Of price_above and price_below, which need it: above 0.
             * @example 50000
             */
            price?: string | null;
            state?: components["schemas"]["AlertState"] | null;
            /**
             * @description Of loss, gain and change, which need it: above 0.
             * @example 5
             */
            threshold_percent?: string | null;
            /**
             * Format: int32
             * @description Of change, which needs it: over how many hours, 24 or 168.
             * @example 24
             */
            window_hours?: number | null;
        };
        /** @description The rules of a portfolio. */
        AlertRules: {
            /** @description In the owner's order. */
            items: components["schemas"]["AlertRule"][];
            /**
             * Format: int64
             * @description Raised by one when the owner changes the rules; also the `ETag`. What happens to a rule does not raise it.
             */
            version: number;
        };
        /** @description The rules of a portfolio, all of them: one that is not in the list is removed. */
        AlertRulesInput: {
            /** @description In the order in which they are shown, at most 100. */
            items: components["schemas"]["AlertRuleInput"][];
            /**
             * Format: int64
             * @description Read-only; ignored when sent back. `If-Match` makes sure that nobody has changed the rules meanwhile.
             */
            version?: number | null;
        };
        /** @description What is remembered of a rule between valuations. */
        AlertState: {
            /**
             * Format: date-time
             * @description The instant of the snapshot that last changed the state.
             */
            changed_as_of: string | null;
            /**
             * Format: int64
             * @description How often the threshold was crossed, those in the cool-down included.
             */
            episode: number;
            /**
             * Format: date-time
             * @description The instant of the last snapshot that the owner was told of.
             */
            fired_as_of: string | null;
            /** @description Whether it waits for its threshold. */
            phase: components["schemas"]["AlertPhase"];
        };
        /** @description What is known of an asset beside its price. */
        AssetInfo: {
            /**
             * @description `class:symbol`.
             * @example crypto:bitcoin
             */
            asset: string;
            /**
             * @description The class; more may come.
             * @example crypto
             */
            class: string;
            /**
             * @description The trading currency, where it is known.
             * @example USD
             */
            currency: string | null;
            /**
             * @description The exchange, in the source's words.
             * @example NASDAQ
             */
            exchange: string | null;
            /**
             * @description equity, etf, fund, index, coin, cash or other.
             * @example coin
             */
            kind: string;
            /**
             * @description Its name.
             * @example Bitcoin
             */
            name: string;
            /**
             * @description The ticker that people know it by.
             * @example BTC
             */
            ticker: string | null;
        };
        /** @description Assets found, the most important first. */
        AssetList: {
            /** @description The assets. */
            items: components["schemas"]["AssetInfo"][];
            /** @description Always null: a search has one part. */
            next_cursor: string | null;
        };
        /** @description Prices, and the assets without one. */
        BatchAnswer: {
            /** @description The prices. */
            quotes: components["schemas"]["Quote"][];
            /** @description The assets without one. */
            unpriced: components["schemas"]["Unpriced"][];
        };
        /** @description Assets to price. */
        BatchRequest: {
            /**
             * @description At most 500 assets.
             * @example [
             *       "crypto:bitcoin",
             *       "stock:AAPL"
             *     ]
             */
            assets: string[];
            /**
             * @description The currency of every price; each asset's own default unless told.
             * @example EUR
             */
            currency?: string | null;
        };
        /** @description A budget of calls. */
        Budget: {
            day: components["schemas"]["Quota"] | null;
            /**
             * Format: int32
             * @description Calls in any sixty seconds.
             */
            limit_per_minute: number;
            month: components["schemas"]["Quota"] | null;
            /**
             * Format: int32
             * @description Calls that could be made at once, by all limits together.
             */
            remaining: number;
        };
        /** @description How much a portfolio gained or lost. */
        Change: {
            /** @description In the portfolio's currency. */
            amount: components["schemas"]["Dec"];
            /**
             * Format: date-time
             * @description The instant of the snapshot it starts from.
             */
            from: string;
            percent: components["schemas"]["Dec"] | null;
        };
        /** @description How a portfolio moved over spans, deposits and withdrawals left aside; null where that is not known. */
        Changes: {
            "1y": components["schemas"]["Change"] | null;
            "24h": components["schemas"]["Change"] | null;
            "30d": components["schemas"]["Change"] | null;
            "7d": components["schemas"]["Change"] | null;
        };
        /** @description A channel that owners are told through. */
        Channel: {
            /**
             * @description Its name, as rules write it.
             * @example webhook
             */
            channel: string;
            /**
             * @description Where it sends, as far as that may be shown; empty where there is nothing to say.
             * @example https://hooks.example.com
             */
            destination: string;
            disabled: components["schemas"]["DisabledChannel"] | null;
            /** @description Whether rules that name no channel go through it. */
            is_default: boolean;
        };
        /** @description How many holdings are known, and how much of the cost they stand for. */
        Coverage: {
            /**
             * Format: int32
             * @description Holdings with the last accepted price.
             */
            carried: number;
            percent_by_cost: components["schemas"]["Dec"] | null;
            /**
             * Format: int32
             * @description Holdings that a source priced in time.
             */
            priced: number;
            /**
             * Format: int32
             * @description Holdings without a price.
             */
            unpriced: number;
            /**
             * Format: int32
             * @description Holdings whose cost is not known in the portfolio's currency.
             */
            without_cost: number;
        };
        /** @description The worth of a portfolio at one instant. What is not known is null, never 0. */
        CurvePoint: {
            /**
             * Format: date-time
             * @description The instant; of a reconstructed day its last millisecond in UTC.
             */
            as_of: string;
            cost: components["schemas"]["Dec"] | null;
            /** @description Whether it was kept, or worked out from the day's closes and rates. */
            origin: components["schemas"]["Origin"];
            /** @description Whether the value covers everything that was held. */
            status: components["schemas"]["Status"];
            value: components["schemas"]["Dec"] | null;
            value_with_cost: components["schemas"]["Dec"] | null;
        };
        /**
         * @description A decimal as text, plain notation, no trailing zeros, no exponent.
         * @example 0.5
         */
        Dec: string;
        /** @description The delivery of a notification through one channel. */
        Delivery: {
            /**
             * Format: int32
             * @description How often it was sent.
             */
            attempts: number;
            /**
             * @description The channel.
             * @example console
             */
            channel: string;
            /**
             * Format: date-time
             * @description When the channel took it.
             */
            delivered_at: string | null;
            /** @description What went wrong at the last try, where it did. */
            last_error: string | null;
            /**
             * Format: date-time
             * @description When it is sent next, where it is.
             */
            next_attempt_at: string | null;
            /** @description How far it is. */
            state: components["schemas"]["DeliveryState"];
        };
        /**
         * @description How far the delivery of a notification through one channel is.
         * @enum {string}
         */
        DeliveryState: "queued" | "sending" | "retrying" | "delivered" | "failed";
        /** @description That a channel takes nothing any more. */
        DisabledChannel: {
            /** @description What it said. */
            reason: string;
            /**
             * Format: date-time
             * @description Since when.
             */
            since: string;
        };
        /**
         * @description Why a price was held back.
         * @enum {string}
         */
        Doubt: "jump" | "currency" | "future";
        /** @description The prices between which one is believed, in the currency of the reference. */
        ExpectedPrice: {
            /** @description The highest. */
            high: components["schemas"]["Dec"];
            /** @description The lowest. */
            low: components["schemas"]["Dec"];
        };
        /** @description One field that is wrong. */
        FieldProblem: {
            /**
             * @description The kind of fault.
             * @example invalid_input
             */
            code: string;
            /** @description What is wrong and what is accepted. */
            detail: string;
            /**
             * @description JSON pointer into the body, or `/` and the name of a query parameter.
             * @example /holdings/0/quantity
             */
            pointer: string;
        };
        /**
         * @description How current a price is.
         * @enum {string}
         */
        Freshness: "live" | "cached" | "stale";
        /** @description An exchange rate: units of `to` for one `from`. */
        FxRate: {
            /**
             * Format: date-time
             * @description When it was published.
             */
            as_of: string;
            /**
             * @description The currency that is converted.
             * @example USD
             */
            from: string;
            /** @description Units of `to` for one `from`. */
            rate: components["schemas"]["Dec"];
            /**
             * @description Who published it.
             * @example ecb
             */
            source: string;
            /**
             * @description The currency that it becomes.
             * @example EUR
             */
            to: string;
        };
        /** @description What a source said. */
        HeldPrice: {
            /**
             * Format: date-time
             * @description The market's time as the source states it.
             */
            as_of: string;
            /**
             * @description Its currency.
             * @example USD
             */
            currency: string;
            /**
             * Format: date-time
             * @description When folio received it.
             */
            fetched_at: string;
            /** @description The price of one unit. */
            price: components["schemas"]["Dec"];
            /**
             * @description Who said it.
             * @example coingecko
             */
            source: string;
        };
        /** @description One price of a history. */
        HistoryPoint: {
            /**
             * Format: date
             * @description The UTC day of a coin, the exchange's day of a share.
             */
            date: string;
            /** @description The price of one unit. */
            price: components["schemas"]["Dec"];
            /** @description Whether the day has not ended yet. */
            provisional: boolean;
            /**
             * Format: date-time
             * @description The instant of the price.
             */
            time: string;
        };
        /** @description A lot. */
        Holding: {
            /** @description The account or wallet it lies in. */
            account: string | null;
            /**
             * Format: date
             * @description The day it was acquired.
             */
            acquired_on: string | null;
            /**
             * @description What is held.
             * @example crypto:bitcoin
             */
            asset: string;
            cost: components["schemas"]["Dec"] | null;
            /**
             * @description The currency that was paid in; null without a cost.
             * @example USD
             */
            cost_currency: string | null;
            /** @description The owner's own id for it. */
            external_id: string | null;
            /**
             * @description Its id.
             * @example 0198c5c2-5a1e-7b54-9c1d-3f6a2b7c8d90
             */
            id: string;
            info: components["schemas"]["AssetInfo"] | null;
            /** @description The owner's note. */
            note: string | null;
            /** @description How much; negative only for a currency, which is a debt. */
            quantity: components["schemas"]["Dec"];
            /** @description The owner's tags. */
            tags: string[];
            unit_cost: components["schemas"]["Dec"] | null;
        };
        /** @description A lot to add. Decimals may be texts or numbers. */
        HoldingInput: {
            /** @description The account or wallet it lies in. */
            account?: string | null;
            /**
             * Format: date
             * @description The day it was acquired; a cost in another currency is converted at that day's rate.
             * @example 2025-01-15
             */
            acquired_on?: string | null;
            /**
             * @description `class:symbol`.
             * @example crypto:bitcoin
             */
            asset: string;
            /** @description What was paid for the whole lot with fees; not together with `unit_cost`. */
            cost?: string | null;
            /**
             * @description The currency of the cost; that of the portfolio unless told.
             * @example USD
             */
            cost_currency?: string | null;
            /** @description The owner's own id for it, unique within the portfolio. */
            external_id?: string | null;
            /** @description A note. */
            note?: string | null;
            /**
             * @description How much; greater than 0, of a currency not 0.
             * @example 0.5
             */
            quantity: string;
            /** @description At most 50 tags. */
            tags?: string[] | null;
            /**
             * @description What was paid for one unit; not together with `cost`.
             * @example 42000
             */
            unit_cost?: string | null;
        };
        /** @description A merge patch of a lot: null clears, what is absent stays. A lot may be sent back whole. */
        HoldingPatch: {
            /** @description The account or wallet it lies in. */
            account?: string | null;
            /**
             * Format: date
             * @description The day it was acquired.
             */
            acquired_on?: string | null;
            /**
             * @description `class:symbol`.
             * @example crypto:bitcoin
             */
            asset?: string | null;
            /** @description What was paid for the whole lot; not together with a new `unit_cost`. */
            cost?: string | null;
            /** @description The currency of the cost; null is that of the portfolio. */
            cost_currency?: string | null;
            /** @description The owner's own id for it. */
            external_id?: string | null;
            /** @description A note. */
            note?: string | null;
            /**
             * @description How much.
             * @example 0.75
             */
            quantity?: string | null;
            /** @description At most 50 tags. */
            tags?: string[] | null;
            /** @description What was paid for one unit; not together with a new `cost`. */
            unit_cost?: string | null;
        };
        /** @description One holding within a valuation. */
        HoldingValuation: {
            /**
             * @description What is held.
             * @example crypto:bitcoin
             */
            asset: string;
            cost: components["schemas"]["Dec"] | null;
            /** @description Why a stated cost is not known in the portfolio's currency: no_date, no_rate or out_of_range. */
            cost_reason: string | null;
            fx: components["schemas"]["FxRate"] | null;
            gain: components["schemas"]["Dec"] | null;
            gain_percent: components["schemas"]["Dec"] | null;
            /** @description The holding. */
            holding_id: string;
            info: components["schemas"]["AssetInfo"] | null;
            price: components["schemas"]["Dec"] | null;
            /**
             * @description The currency that the price was quoted in.
             * @example USD
             */
            price_currency: string | null;
            /** @description How the price came to be known. */
            pricing: components["schemas"]["Pricing"];
            /** @description How much. */
            quantity: components["schemas"]["Dec"];
            value: components["schemas"]["Dec"] | null;
            weight_percent: components["schemas"]["Dec"] | null;
        };
        /**
         * @description Why a rule can say nothing of a snapshot.
         * @enum {string}
         */
        Inactive: "no_cost" | "not_held" | "other_currency";
        /** @description Work that somebody or the clock asked for. */
        Job: {
            /**
             * Format: int32
             * @description How often it was started.
             */
            attempts: number;
            /**
             * Format: date-time
             * @description When it was asked for.
             */
            created_at: string;
            error: components["schemas"]["JobError"] | null;
            /**
             * Format: date-time
             * @description When it ended.
             */
            finished_at: string | null;
            /** @description Its id. */
            id: string;
            progress: components["schemas"]["Progress"] | null;
            result: components["schemas"]["JobResult"] | null;
            /**
             * Format: date-time
             * @description When it was last started.
             */
            started_at: string | null;
            /** @description Where it is. */
            state: components["schemas"]["JobState"];
            /**
             * @description What it does: portfolio-valuation, historical-data.
             * @example portfolio-valuation
             */
            type: string;
        };
        /** @description Why a job failed. */
        JobError: {
            /**
             * @description The kind of fault.
             * @example not_found
             */
            code: string;
            /** @description A sentence for a person. */
            detail: string;
        };
        /** @description A job to start for everybody. */
        JobRequest: {
            /**
             * @description portfolio-valuation or historical-data.
             * @example historical-data
             */
            type: string;
        };
        /** @description What came of a job; which field is there depends on the job. */
        JobResult: {
            /**
             * Format: int64
             * @description How many assets have no history, of historical-data.
             */
            missing?: number | null;
            /** @description The snapshot, of a portfolio's valuation. */
            valuation_id?: string | null;
        };
        /**
         * @description Where a job is.
         * @enum {string}
         */
        JobState: "queued" | "running" | "retrying" | "succeeded" | "failed";
        /** @description The newest snapshot of a portfolio in short. */
        LatestValuation: {
            /**
             * Format: date-time
             * @description The instant it is for.
             */
            as_of: string;
            /** @description How it moved. */
            changes: components["schemas"]["Changes"];
            gain: components["schemas"]["Dec"] | null;
            gain_percent: components["schemas"]["Dec"] | null;
            /** @description Its id. */
            id: string;
            /** @description Whether its totals cover everything. */
            status: components["schemas"]["Status"];
            total_value: components["schemas"]["Dec"] | null;
        };
        /** @description A price that was stated by hand: a quote of the source `manual`, and how long it is good for. */
        ManualPrice: {
            /**
             * Format: date-time
             * @description Since when the price holds.
             */
            as_of: string;
            /**
             * @description The asset.
             * @example custom:house
             */
            asset: string;
            /**
             * @description The currency of the price.
             * @example CHF
             */
            currency: string;
            /**
             * Format: date-time
             * @description When it was stated.
             */
            fetched_at: string;
            /** @description Always cached. */
            freshness: components["schemas"]["Freshness"];
            /** @description What one unit is worth. */
            price: components["schemas"]["Dec"];
            /**
             * @description The same currency, as every quote says what it was quoted in.
             * @example CHF
             */
            price_currency: string;
            /**
             * @description Always manual.
             * @example manual
             */
            source: string;
            /**
             * Format: int32
             * @description For how many days it is good; null is until another one is stated.
             */
            valid_days: number | null;
            /**
             * Format: date-time
             * @description Until when it is good; null is until another one is stated.
             */
            valid_until: string | null;
        };
        /** @description A price to state. The price may be text or number. */
        ManualPriceInput: {
            /**
             * Format: date-time
             * @description Since when; now unless told. An earlier price for the same instant is replaced.
             */
            as_of?: string | null;
            /**
             * @description In which currency.
             * @example CHF
             */
            currency: string;
            /**
             * @description What one unit is worth; 0 for what is worth nothing.
             * @example 450000
             */
            price: string;
            /**
             * Format: int32
             * @description For how many days from then; until another price is stated unless told.
             */
            valid_days?: number | null;
        };
        /** @description A new token with its secret, which is shown this once. */
        NewToken: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /** @description What it is for. */
            name: string | null;
            /** @description Whose objects it opens. */
            owner: string;
            /** @description What it may do. */
            scopes: components["schemas"]["Scope"][];
            /**
             * Format: password
             * @description The secret: what to send as `Authorization: Bearer`.
             */
            secret: string;
        };
        /** @description What an owner is told, and how far that is. */
        Notification: {
            /**
             * Format: date-time
             * @description The instant of the snapshot.
             */
            created_at: string;
            /** @description Through which channels, as it was decided at the crossing. */
            deliveries: components["schemas"]["Delivery"][];
            /**
             * @description Its id: the same for the same crossing, and that of the webhook's messages.
             * @example 0d9f3c1e-6f0b-5c1a-8f6e-2b7a6f1c9d3e
             */
            id: string;
            /** @description What happened. */
            kind: components["schemas"]["NotificationKind"];
            /** @description What happened and what to do, in sentences; lines are ended by `\n`. */
            message: string;
            /** @description The portfolio; null where it concerns a price source. */
            portfolio_id: string | null;
            /** @description The rule that it crossed; it may be gone by now. Of what has no rule, an id that stays the same. */
            rule_id: string | null;
            /**
             * @description What happened in a few words, on one line.
             * @example Core has lost 6.2 %
             */
            title: string;
            /** @description The snapshot that crossed. */
            valuation_id: string | null;
        };
        /**
         * @description What an owner is told of.
         * @enum {string}
         */
        NotificationKind: "loss_alert" | "gain_alert" | "change_alert" | "price_alert" | "data_degraded" | "source_degraded";
        /**
         * @description Where a point of a portfolio's history comes from.
         * @enum {string}
         */
        Origin: "snapshot" | "reconstructed";
        /** @description Part of a list, and where the next part begins. */
        Page_Channel: {
            /** @description The items. */
            items: {
                /**
                 * @description Its name, as rules write it.
                 * @example webhook
                 */
                channel: string;
                /**
                 * @description Where it sends, as far as that may be shown; empty where there is nothing to say.
                 * @example https://hooks.example.com
                 */
                destination: string;
                disabled: components["schemas"]["DisabledChannel"] | null;
                /** @description Whether rules that name no channel go through it. */
                is_default: boolean;
            }[];
            /** @description What to send as `cursor` for the next part; null at the end. */
            next_cursor: string | null;
        };
        /** @description Part of a list, and where the next part begins. */
        Page_Notification: {
            /** @description The items. */
            items: {
                /**
                 * Format: date-time
                 * @description The instant of the snapshot.
                 */
                created_at: string;
                /** @description Through which channels, as it was decided at the crossing. */
                deliveries: components["schemas"]["Delivery"][];
                /**
                 * @description Its id: the same for the same crossing, and that of the webhook's messages.
                 * @example 0d9f3c1e-6f0b-5c1a-8f6e-2b7a6f1c9d3e
                 */
                id: string;
                /** @description What happened. */
                kind: components["schemas"]["NotificationKind"];
                /** @description What happened and what to do, in sentences; lines are ended by `\n`. */
                message: string;
                /** @description The portfolio; null where it concerns a price source. */
                portfolio_id: string | null;
                /** @description The rule that it crossed; it may be gone by now. Of what has no rule, an id that stays the same. */
                rule_id: string | null;
                /**
                 * @description What happened in a few words, on one line.
                 * @example Core has lost 6.2 %
                 */
                title: string;
                /** @description The snapshot that crossed. */
                valuation_id: string | null;
            }[];
            /** @description What to send as `cursor` for the next part; null at the end. */
            next_cursor: string | null;
        };
        /** @description Part of a list, and where the next part begins. */
        Page_PortfolioSummary: {
            /** @description The items. */
            items: {
                /** @description Whether it is out of the way. */
                archived: boolean;
                /**
                 * @description The currency of its totals.
                 * @example USD
                 */
                base_currency: string;
                /**
                 * Format: date-time
                 * @description When it was made.
                 */
                created_at: string;
                /** @description How many lots it has. */
                holding_count: number;
                /** @description Its id. */
                id: string;
                latest_valuation: components["schemas"]["LatestValuation"] | null;
                /** @description Its name. */
                name: string;
                /**
                 * Format: date-time
                 * @description When it was last changed.
                 */
                updated_at: string;
                /**
                 * Format: int64
                 * @description Its version.
                 */
                version: number;
            }[];
            /** @description What to send as `cursor` for the next part; null at the end. */
            next_cursor: string | null;
        };
        /** @description Part of a list, and where the next part begins. */
        Page_QuarantinedQuote: {
            /** @description The items. */
            items: {
                /**
                 * @description The asset.
                 * @example crypto:bitcoin
                 */
                asset: string;
                /**
                 * Format: int32
                 * @description How many scheduled collections in a row found prices that agree; three confirm them.
                 */
                books: number;
                /** @description What the source said last. */
                candidate: components["schemas"]["HeldPrice"];
                /**
                 * @description The currency that was asked for; null is the one that the asset trades in.
                 * @example USD
                 */
                currency: string | null;
                expected: components["schemas"]["ExpectedPrice"] | null;
                /**
                 * Format: date-time
                 * @description When the first price was held back.
                 */
                first_seen: string;
                /** @description Its id. */
                id: string;
                /**
                 * Format: date-time
                 * @description When the last one was.
                 */
                last_seen: string;
                /** @description Why it was held back. */
                reason: components["schemas"]["Doubt"];
                reference: components["schemas"]["HeldPrice"] | null;
                verdict: components["schemas"]["Verdict"] | null;
            }[];
            /** @description What to send as `cursor` for the next part; null at the end. */
            next_cursor: string | null;
        };
        /** @description Part of a list, and where the next part begins. */
        Page_Token: {
            /** @description The items. */
            items: {
                /**
                 * Format: date-time
                 * @description When it was made.
                 */
                created_at: string;
                /** @description Its id. */
                id: string;
                /** @description What it is for. */
                name: string | null;
                /** @description Whose objects it opens. */
                owner: string;
                /** @description What it may do. */
                scopes: components["schemas"]["Scope"][];
            }[];
            /** @description What to send as `cursor` for the next part; null at the end. */
            next_cursor: string | null;
        };
        /** @description Part of a list, and where the next part begins. */
        Page_Valuation: {
            /** @description The items. */
            items: {
                /**
                 * Format: date-time
                 * @description The instant it is for.
                 */
                as_of: string;
                /**
                 * @description The currency of every amount.
                 * @example USD
                 */
                base_currency: string;
                /** @description The frozen book it was made with, if it was. */
                book_id: string | null;
                changes: components["schemas"]["Changes"] | null;
                /** @description How many holdings are known. */
                coverage: components["schemas"]["Coverage"];
                /**
                 * Format: date-time
                 * @description When it was computed.
                 */
                created_at: string;
                excluded_cost: components["schemas"]["Dec"] | null;
                gain: components["schemas"]["Dec"] | null;
                gain_percent: components["schemas"]["Dec"] | null;
                /** @description Each holding; absent in a list that leaves them out. */
                holdings?: components["schemas"]["HoldingValuation"][] | null;
                /** @description Its id. */
                id: string;
                /**
                 * Format: int64
                 * @description The greatest age of a carried price in seconds; null takes that of the asset's class.
                 */
                max_age: number | null;
                /** @description What was done about missing prices. */
                policy: components["schemas"]["Policy"];
                /** @description The portfolio. */
                portfolio_id: string;
                /**
                 * Format: int64
                 * @description The version of the portfolio that was valued.
                 */
                portfolio_version: number;
                /** @description Whether the totals cover everything. */
                status: components["schemas"]["Status"];
                total_cost: components["schemas"]["Dec"] | null;
                total_value: components["schemas"]["Dec"] | null;
                /** @description What made it. */
                trigger: components["schemas"]["Trigger"];
                value_with_cost: components["schemas"]["Dec"] | null;
            }[];
            /** @description What to send as `cursor` for the next part; null at the end. */
            next_cursor: string | null;
        };
        /**
         * @description What to do about a missing price.
         * @enum {string}
         */
        Policy: "strict" | "carry_forward" | "exclude";
        /** @description A portfolio with its lots. */
        Portfolio: {
            /** @description Whether it is out of the way. */
            archived: boolean;
            /**
             * @description The currency of every total.
             * @example USD
             */
            base_currency: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description The lots, in the owner's order. */
            holdings: components["schemas"]["Holding"][];
            /**
             * @description Its id.
             * @example 0198c5c2-5a1e-7b54-9c1d-3f6a2b7c8d90
             */
            id: string;
            /**
             * @description Its name.
             * @example Core
             */
            name: string;
            /** @description The owner's note. */
            note: string | null;
            /**
             * @description Whose it is.
             * @example admin
             */
            owner: string;
            /** @description What is done about a missing price. */
            policy: components["schemas"]["Policy"];
            /** @description The owner's tags. */
            tags: string[];
            /**
             * @description The zone whose days "daily" means.
             * @example UTC
             */
            time_zone: string;
            /**
             * Format: date-time
             * @description When it was last changed.
             */
            updated_at: string;
            /**
             * Format: int64
             * @description Raised by one at every change; also the `ETag`.
             */
            version: number;
        };
        /** @description The worth of a portfolio over time, thinned to what a plot shows. */
        PortfolioHistory: {
            /**
             * @description The currency of every amount.
             * @example USD
             */
            currency: string;
            /**
             * @description The assets whose past is not known or not known far enough back, and why; a currency stands for its
             *     rate. What is pending or timeout is on its way: ask again.
             */
            missing: components["schemas"]["Unpriced"][];
            /** @description In ascending order. */
            points: components["schemas"]["CurvePoint"][];
        };
        /** @description A portfolio to make. */
        PortfolioInput: {
            /**
             * @description The currency of every total; it never changes.
             * @default USD
             * @example USD
             */
            base_currency?: string | null;
            /** @description The first lots, at most 10,000. */
            holdings?: components["schemas"]["HoldingInput"][] | null;
            /**
             * @description 1 to 200 characters, not blank.
             * @example Core
             */
            name: string;
            /** @description A note. */
            note?: string | null;
            policy?: components["schemas"]["Policy"] | null;
            /** @description At most 50 tags. */
            tags?: string[] | null;
            /**
             * @description IANA name of the zone whose days "daily" means.
             * @default UTC
             * @example Europe/Berlin
             */
            time_zone?: string | null;
        };
        /**
         * @description A merge patch of a portfolio: null clears, what is absent stays. Fields that only folio writes may be
         *     sent back unchanged.
         */
        PortfolioPatch: {
            /** @description Whether it is out of the way; it is still valued. */
            archived?: boolean | null;
            /** @description 1 to 200 characters, not blank. */
            name?: string | null;
            /** @description A note. */
            note?: string | null;
            policy?: components["schemas"]["Policy"] | null;
            /** @description At most 50 tags. */
            tags?: string[] | null;
            /** @description IANA name of a zone; null is UTC. */
            time_zone?: string | null;
        };
        /** @description A portfolio without its lots. */
        PortfolioSummary: {
            /** @description Whether it is out of the way. */
            archived: boolean;
            /**
             * @description The currency of its totals.
             * @example USD
             */
            base_currency: string;
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description How many lots it has. */
            holding_count: number;
            /** @description Its id. */
            id: string;
            latest_valuation: components["schemas"]["LatestValuation"] | null;
            /** @description Its name. */
            name: string;
            /**
             * Format: date-time
             * @description When it was last changed.
             */
            updated_at: string;
            /**
             * Format: int64
             * @description Its version.
             */
            version: number;
        };
        /** @description Past prices of one asset, oldest first. */
        PriceHistory: {
            /**
             * @description The asset.
             * @example crypto:bitcoin
             */
            asset: string;
            /**
             * @description The currency of every point.
             * @example USD
             */
            currency: string;
            /**
             * Format: date-time
             * @description When folio received it.
             */
            fetched_at: string;
            /** @description The prices, oldest first. */
            points: components["schemas"]["HistoryPoint"][];
            /** @description The step. */
            resolution: components["schemas"]["Resolution"];
            /**
             * @description Who said it.
             * @example coingecko
             */
            source: string;
        };
        /**
         * @description How a holding's price is known.
         * @enum {string}
         */
        PriceState: "priced" | "carried" | "unpriced";
        /** @description How the price of a holding came to be known, or why it is not and what to do. */
        Pricing: {
            /**
             * Format: int64
             * @description How old the price was at the valuation's instant, the market's time counting.
             */
            age_seconds: number | null;
            /**
             * Format: date-time
             * @description The market's time of the price.
             */
            as_of: string | null;
            /**
             * Format: date-time
             * @description When folio received the price.
             */
            fetched_at: string | null;
            /** @description Why nobody answered in time. */
            reason: string | null;
            /** @description What to do about it. */
            remedy: string | null;
            /**
             * Format: date-time
             * @description When folio asks again, where it is known.
             */
            retry_at: string | null;
            /** @description Who said the price. */
            source: string | null;
            /** @description Priced, carried or unpriced. */
            state: components["schemas"]["PriceState"];
        };
        /** @description What went wrong, after RFC 9457. */
        Problem: {
            /**
             * @description A stable code that a program can look at.
             * @example not_found
             */
            code: string;
            /**
             * @description A sentence for a person.
             * @example there is no such portfolio
             */
            detail: string;
            /** @description The fields that are wrong, if fields are. */
            errors: components["schemas"]["FieldProblem"][];
            /**
             * @description The request in the server's log.
             * @example 5f0c2a91-1a
             */
            request_id: string;
            /**
             * Format: int32
             * @description The HTTP status.
             * @example 404
             */
            status: number;
            /**
             * @description The status in words.
             * @example Not Found
             */
            title: string;
            /**
             * @description Always `about:blank`: `code` tells faults apart.
             * @example about:blank
             */
            type: string;
        };
        /** @description How far a job is. */
        Progress: {
            /**
             * Format: int64
             * @description So much is done.
             */
            done: number;
            /**
             * Format: int64
             * @description Of so much.
             */
            total: number;
        };
        /** @description A price that was held back because it is implausible. */
        QuarantinedQuote: {
            /**
             * @description The asset.
             * @example crypto:bitcoin
             */
            asset: string;
            /**
             * Format: int32
             * @description How many scheduled collections in a row found prices that agree; three confirm them.
             */
            books: number;
            /** @description What the source said last. */
            candidate: components["schemas"]["HeldPrice"];
            /**
             * @description The currency that was asked for; null is the one that the asset trades in.
             * @example USD
             */
            currency: string | null;
            expected: components["schemas"]["ExpectedPrice"] | null;
            /**
             * Format: date-time
             * @description When the first price was held back.
             */
            first_seen: string;
            /** @description Its id. */
            id: string;
            /**
             * Format: date-time
             * @description When the last one was.
             */
            last_seen: string;
            /** @description Why it was held back. */
            reason: components["schemas"]["Doubt"];
            reference: components["schemas"]["HeldPrice"] | null;
            verdict: components["schemas"]["Verdict"] | null;
        };
        /** @description What is used of a day's or a month's calls. */
        Quota: {
            /**
             * Format: int32
             * @description Calls in the span.
             */
            limit: number;
            /**
             * Format: date-time
             * @description When the next span begins.
             */
            resets_at: string;
            /**
             * Format: int32
             * @description Calls made in it.
             */
            used: number;
        };
        /** @description What one unit of an asset is worth. */
        Quote: {
            /**
             * Format: date-time
             * @description The market's time as the source states it.
             */
            as_of: string;
            /**
             * @description The asset.
             * @example crypto:bitcoin
             */
            asset: string;
            change_24h_percent: components["schemas"]["Dec"] | null;
            /**
             * @description The currency that was asked for.
             * @example USD
             */
            currency: string;
            /**
             * Format: date-time
             * @description When folio received it.
             */
            fetched_at: string;
            /** @description How current the answer is. */
            freshness: components["schemas"]["Freshness"];
            fx: components["schemas"]["FxRate"] | null;
            market_cap: components["schemas"]["Dec"] | null;
            /** @description The price of one unit, in `currency`. */
            price: components["schemas"]["Dec"];
            /**
             * @description The currency that the source quoted in.
             * @example USD
             */
            price_currency: string;
            /**
             * @description Who said it.
             * @example coingecko
             */
            source: string;
        };
        /**
         * @description The step of a history.
         * @enum {string}
         */
        Resolution: "daily" | "hourly";
        /** @description When a job runs. */
        ScheduleEntry: {
            /**
             * @description The schedule, five fields, UTC.
             * @example 0 * * * *
             */
            cron: string;
            /**
             * @description The job.
             * @example portfolio-valuation
             */
            job: string;
            /**
             * Format: date-time
             * @description The last time that was run.
             */
            last_tick: string | null;
            /**
             * Format: int64
             * @description How many times were missed and not caught up.
             */
            missed: number;
            /**
             * Format: date-time
             * @description The next time.
             */
            next: string | null;
        };
        /**
         * @description What a token may do; admin includes write, write includes read.
         * @enum {string}
         */
        Scope: "read" | "write" | "admin";
        /** @description Who is logged in. */
        Session: {
            /**
             * @description Whose objects are seen.
             * @example admin
             */
            owner: string;
            /**
             * @description What may be done.
             * @example [
             *       "read",
             *       "write"
             *     ]
             */
            scopes: components["schemas"]["Scope"][];
        };
        /** @description A token to log in with. */
        SessionRequest: {
            /**
             * Format: password
             * @description The token.
             */
            token: string;
        };
        /** @description A price source and how it does. */
        Source: {
            budget: components["schemas"]["Budget"] | null;
            /**
             * @description The classes that it prices.
             * @example [
             *       "crypto"
             *     ]
             */
            classes: string[];
            /** @description Whether its last answer was one. */
            healthy: boolean;
            /**
             * @description Its name.
             * @example coingecko
             */
            id: string;
            /** @description Why it last failed. */
            last_error: string | null;
            /**
             * Format: date-time
             * @description When it last answered; null before the first time.
             */
            last_success_at: string | null;
            /**
             * Format: date-time
             * @description When it is asked again: it rests after a failure, its vendor asked to be left alone, or its budget is used up.
             */
            retry_at: string | null;
        };
        /** @description The price sources. */
        SourceList: {
            /** @description The sources. */
            items: components["schemas"]["Source"][];
            /** @description Always null: the list has one part. */
            next_cursor: string | null;
        };
        /**
         * @description Whether a total covers everything.
         * @enum {string}
         */
        Status: "complete" | "partial" | "unavailable";
        /** @description What all portfolios of the owner are worth together. What is not known is null, never 0. */
        Summary: {
            /**
             * Format: date-time
             * @description The instant it is for.
             */
            as_of: string;
            /** @description How many holdings are known. */
            coverage: components["schemas"]["Coverage"];
            /**
             * @description The currency of every sum.
             * @example USD
             */
            currency: string;
            excluded_cost: components["schemas"]["Dec"] | null;
            gain: components["schemas"]["Dec"] | null;
            gain_percent: components["schemas"]["Dec"] | null;
            /** @description Whether there are portfolios that are not listed. */
            more: boolean;
            /** @description How many portfolios there are, the archived ones left out. */
            portfolio_count: number;
            /** @description The largest portfolios, at most 200, those without a value last. */
            portfolios: components["schemas"]["SummaryPortfolio"][];
            /** @description Whether the sums cover everything that is held. */
            status: components["schemas"]["Status"];
            total_cost: components["schemas"]["Dec"] | null;
            total_value: components["schemas"]["Dec"] | null;
            value_with_cost: components["schemas"]["Dec"] | null;
        };
        /** @description One portfolio within a summary. */
        SummaryPortfolio: {
            /**
             * @description Its own currency.
             * @example EUR
             */
            base_currency: string;
            fx: components["schemas"]["FxRate"] | null;
            /** @description The portfolio. */
            id: string;
            /** @description Its name. */
            name: string;
            /**
             * @description Why it is in no sum.
             * @example no_rate
             */
            reason: string | null;
            /** @description Whether its total covers everything that it holds. */
            status: components["schemas"]["Status"];
            total_value: components["schemas"]["Dec"] | null;
            value: components["schemas"]["Dec"] | null;
            weight_percent: components["schemas"]["Dec"] | null;
        };
        /** @description A token without its secret. */
        Token: {
            /**
             * Format: date-time
             * @description When it was made.
             */
            created_at: string;
            /** @description Its id. */
            id: string;
            /** @description What it is for. */
            name: string | null;
            /** @description Whose objects it opens. */
            owner: string;
            /** @description What it may do. */
            scopes: components["schemas"]["Scope"][];
        };
        /** @description A token to make. */
        TokenInput: {
            /**
             * @description What it is for; at most 200 characters.
             * @example notebook
             */
            name?: string | null;
            /**
             * @description Whose objects it opens; the caller's own unless told.
             * @example admin
             */
            owner?: string | null;
            /**
             * @description What it may do; read and write unless told.
             * @example [
             *       "read"
             *     ]
             */
            scopes?: components["schemas"]["Scope"][] | null;
        };
        /**
         * @description What made a valuation.
         * @enum {string}
         */
        Trigger: "hourly" | "daily" | "manual" | "live";
        /** @description That an asset has no price, why, and until when. */
        Unpriced: {
            /**
             * @description The asset.
             * @example stock:NOPE
             */
            asset: string;
            /** @description What happened, in a sentence. */
            detail: string;
            /**
             * @description Why: not_found, no_data, rate_limited, timeout, unavailable, not_configured, no_rate, outdated,
             *     quarantined, out_of_range or pending.
             * @example not_found
             */
            reason: string;
            /**
             * Format: date-time
             * @description When folio asks again, where it is known.
             */
            retry_at: string | null;
        };
        /**
         * @description The worth of a portfolio at an instant, with the reason for everything that is not in it. What is not
         *     known is null, never 0.
         */
        Valuation: {
            /**
             * Format: date-time
             * @description The instant it is for.
             */
            as_of: string;
            /**
             * @description The currency of every amount.
             * @example USD
             */
            base_currency: string;
            /** @description The frozen book it was made with, if it was. */
            book_id: string | null;
            changes: components["schemas"]["Changes"] | null;
            /** @description How many holdings are known. */
            coverage: components["schemas"]["Coverage"];
            /**
             * Format: date-time
             * @description When it was computed.
             */
            created_at: string;
            excluded_cost: components["schemas"]["Dec"] | null;
            gain: components["schemas"]["Dec"] | null;
            gain_percent: components["schemas"]["Dec"] | null;
            /** @description Each holding; absent in a list that leaves them out. */
            holdings?: components["schemas"]["HoldingValuation"][] | null;
            /** @description Its id. */
            id: string;
            /**
             * Format: int64
             * @description The greatest age of a carried price in seconds; null takes that of the asset's class.
             */
            max_age: number | null;
            /** @description What was done about missing prices. */
            policy: components["schemas"]["Policy"];
            /** @description The portfolio. */
            portfolio_id: string;
            /**
             * Format: int64
             * @description The version of the portfolio that was valued.
             */
            portfolio_version: number;
            /** @description Whether the totals cover everything. */
            status: components["schemas"]["Status"];
            total_cost: components["schemas"]["Dec"] | null;
            total_value: components["schemas"]["Dec"] | null;
            /** @description What made it. */
            trigger: components["schemas"]["Trigger"];
            value_with_cost: components["schemas"]["Dec"] | null;
        };
        /**
         * @description What became of a price that was held back.
         * @enum {string}
         */
        Verdict: "accepted" | "refuted";
    };
    responses: never;
    parameters: never;
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    search_assets: {
        parameters: {
            query: {
                /** @description Part of a name or ticker. */
                q: string;
                /** @description Only this class: crypto, stock, currency or custom. */
                class?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssetList"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_asset: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description crypto, stock, currency or custom. */
                class: string;
                /** @description The symbol, percent-encoded. */
                symbol: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AssetInfo"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_channels: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Channel"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    test_channel: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body again is answered again and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The channel's name. */
                channel: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Delivery"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is there already, or the first request with the Idempotency-Key still runs. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    events: {
        parameters: {
            query?: {
                /** @description The same for a client that cannot send the header; the header counts first. */
                last_event_id?: string;
            };
            header?: {
                /** @description The id of the last event that the client has. */
                "Last-Event-ID"?: string | null;
            };
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The events. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/event-stream": string;
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    start_job: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body again is answered again and done once. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["JobRequest"];
            };
        };
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is there already, or the first request with the Idempotency-Key still runs. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_job: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_notifications: {
        parameters: {
            query?: {
                /** @description Only those about this portfolio. */
                portfolio_id?: string;
                /** @description Only those of this kind. */
                kind?: components["schemas"]["NotificationKind"];
                /** @description At most so many, 50 unless told. */
                limit?: number;
                /** @description Where the part before ended. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Notification"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    send_again: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body again is answered again and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The notification's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Notification"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is there already, or the first request with the Idempotency-Key still runs. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_portfolios: {
        parameters: {
            query?: {
                /** @description The archived ones instead of the others. */
                archived?: boolean;
                /** @description At most so many, 50 unless told. */
                limit?: number;
                /** @description Where the part before ended. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_PortfolioSummary"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_portfolio: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body again is answered again and done once. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PortfolioInput"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Portfolio"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is there already, or the first request with the Idempotency-Key still runs. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_portfolio: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The portfolio's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Portfolio"];
                };
            };
            /** @description If-None-Match names this version. */
            304: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_portfolio: {
        parameters: {
            query?: never;
            header?: {
                /** @description Only if what is changed has this version, its ETag. */
                "If-Match"?: string;
            };
            path: {
                /** @description The portfolio's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Deleted. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is there already, or the first request with the Idempotency-Key still runs. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It has changed since it was read. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_portfolio: {
        parameters: {
            query?: never;
            header?: {
                /** @description Only if what is changed has this version, its ETag. */
                "If-Match"?: string;
            };
            path: {
                /** @description The portfolio's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["PortfolioPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Portfolio"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is there already, or the first request with the Idempotency-Key still runs. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It has changed since it was read. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_alert_rules: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The portfolio's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertRules"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    replace_alert_rules: {
        parameters: {
            query?: never;
            header?: {
                /** @description Only if what is changed has this version, its ETag. */
                "If-Match"?: string;
            };
            path: {
                /** @description The portfolio's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["AlertRulesInput"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["AlertRules"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is there already, or the first request with the Idempotency-Key still runs. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It has changed since it was read. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    portfolio_history: {
        parameters: {
            query?: {
                /** @description Not earlier than this instant. */
                from?: string;
                /** @description Not later than this instant. */
                to?: string;
                /** @description At most so many points, 500 unless told. */
                points?: number;
            };
            header?: never;
            path: {
                /** @description The portfolio's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PortfolioHistory"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_holding: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body again is answered again and done once. */
                "Idempotency-Key"?: string;
                /** @description Only if what is changed has this version, its ETag. */
                "If-Match"?: string;
            };
            path: {
                /** @description The portfolio's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HoldingInput"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Holding"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is there already, or the first request with the Idempotency-Key still runs. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It has changed since it was read. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    delete_holding: {
        parameters: {
            query?: never;
            header?: {
                /** @description Only if what is changed has this version, its ETag. */
                "If-Match"?: string;
            };
            path: {
                /** @description The portfolio's id. */
                id: string;
                /** @description The lot's id. */
                holding_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Removed. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is there already, or the first request with the Idempotency-Key still runs. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It has changed since it was read. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    change_holding: {
        parameters: {
            query?: never;
            header?: {
                /** @description Only if what is changed has this version, its ETag. */
                "If-Match"?: string;
            };
            path: {
                /** @description The portfolio's id. */
                id: string;
                /** @description The lot's id. */
                holding_id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HoldingPatch"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Holding"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is there already, or the first request with the Idempotency-Key still runs. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It has changed since it was read. */
            412: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    value_portfolio: {
        parameters: {
            query?: {
                /** @description Another policy than the portfolio's own. */
                policy?: components["schemas"]["Policy"];
            };
            header?: never;
            path: {
                /** @description The portfolio's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Valuation"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_valuations: {
        parameters: {
            query?: {
                /** @description Not earlier than this instant. */
                from?: string;
                /** @description Not later than this instant. */
                to?: string;
                /** @description raw, or daily: the last of each local day of the portfolio. raw unless told. */
                resolution?: string;
                /** @description holdings: with the holdings and changes of each. */
                include?: string;
                /** @description At most so many, 50 unless told. */
                limit?: number;
                /** @description Where the part before ended. */
                cursor?: string;
            };
            header?: never;
            path: {
                /** @description The portfolio's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Valuation"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    start_valuation: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body again is answered again and done once. */
                "Idempotency-Key"?: string;
            };
            path: {
                /** @description The portfolio's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            202: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Job"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is there already, or the first request with the Idempotency-Key still runs. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    latest_valuation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The portfolio's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Valuation"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_valuation: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The portfolio's id. */
                id: string;
                /** @description The snapshot's id. */
                valuation_id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Valuation"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    price_batch: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["BatchRequest"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["BatchAnswer"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    price: {
        parameters: {
            query?: {
                /** @description The currency of the price: USD unless told for crypto and currency, the trading currency for stocks, the stated one of a price by hand. */
                currency?: string;
            };
            header?: never;
            path: {
                /** @description crypto, stock, currency or custom. */
                class: string;
                /** @description The symbol, percent-encoded. */
                symbol: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Quote"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    price_history: {
        parameters: {
            query?: {
                /** @description So many completed days, 30 unless told; by hour at most 30. */
                days?: number;
                /** @description The currency of the prices. */
                currency?: string;
                /** @description daily unless told; hourly for crypto. */
                resolution?: components["schemas"]["Resolution"];
            };
            header?: never;
            path: {
                /** @description crypto, stock, currency or custom. */
                class: string;
                /** @description The symbol, percent-encoded. */
                symbol: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["PriceHistory"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_manual_price: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description crypto, stock or custom. */
                class: string;
                /** @description The symbol, percent-encoded. */
                symbol: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManualPrice"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    state_price: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description crypto, stock or custom. */
                class: string;
                /** @description The symbol, percent-encoded. */
                symbol: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["ManualPriceInput"];
            };
        };
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ManualPrice"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    remove_manual_price: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description crypto, stock or custom. */
                class: string;
                /** @description The symbol, percent-encoded. */
                symbol: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Nothing is stated any more. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_quarantined_quotes: {
        parameters: {
            query?: {
                /** @description Those with a verdict too. */
                all?: boolean;
                /** @description 1 to 200, 50 unless told. */
                limit?: number;
                /** @description Where the list goes on. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_QuarantinedQuote"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    accept_quarantined_quote: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The id of the price that was held back. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QuarantinedQuote"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It was decided on before, or nobody can take it for right; the detail says why. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    schedule: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ScheduleEntry"][];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    show_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Session"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    open_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SessionRequest"];
            };
        };
        responses: {
            /** @description Logged in; the answer sets the cookie. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    close_session: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Logged out. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_sources: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SourceList"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    summary: {
        parameters: {
            query?: {
                /** @description The currency of the sums: the one that all portfolios have, else USD, unless told. */
                currency?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Summary"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    list_tokens: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Page_Token"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    create_token: {
        parameters: {
            query?: never;
            header?: {
                /** @description The same key and body again is answered again and done once. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TokenInput"];
            };
        };
        responses: {
            201: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["NewToken"];
                };
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It is there already, or the first request with the Idempotency-Key still runs. */
            409: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is larger than 1 MiB. */
            413: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The body is not application/json. */
            415: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    revoke_token: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The token's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description Revoked. */
            204: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not JSON, or the path is not percent-encoded UTF-8. */
            400: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description There is no such thing, or it belongs to somebody else. */
            404: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A value is not valid; `errors` says which. */
            422: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The process lives. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    metrics: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The numbers. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description Nobody is known to be asking. */
            401: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Something that folio needs does not answer; Retry-After says how long to wait. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
        };
    };
    ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It can. */
            200: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
            /** @description The Host, the Origin or the token's scopes do not allow it. */
            403: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description Too many requests; Retry-After says how long to wait. */
            429: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description A defect, or data that cannot be read back. */
            500: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["Problem"];
                };
            };
            /** @description It cannot; the lines say why. */
            503: {
                headers: {
                    [name: string]: unknown;
                };
                content: {
                    "text/plain": string;
                };
            };
        };
    };
}
