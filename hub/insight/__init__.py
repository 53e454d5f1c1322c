"""Read-only questions over the store: who is this customer, why is it so, what became of that record.

    lookup   a text a person typed -> the customers and source customers it names
    find     customers that fit, page by page
    profile  all there is to tell about one customer
    why      where a customer comes from; `pair`: why two records are one customer, or are not
    review   merges that are worth a person's look
    evaluation  who is who among any records, by steps; `people_file`: in anybody's file; `truth`: how good that is
    changes  what another model or policy would change; `report`: what a model is and does, `report_page` as a page
    rows     the rows of a run; `record`: the walk of one record
    masking  values that a person may see without seeing whose they are

Every answer is a plain JSON object, the shape that `--json` prints. Nothing here writes.
"""
