//! A simulated OpenStack cloud over real HTTP.
