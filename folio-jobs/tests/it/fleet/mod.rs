//! A fleet of real processes on one store and one Redis, killed, frozen and cut off: what it promises holds.

mod deadly;
mod kills;
mod member;
mod outages;
mod run;
mod schedulers;
mod stopping;
